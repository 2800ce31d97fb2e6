import type { Attack } from '../attack'
import { readByBpf } from '../bpf'

export const attack: Attack = {
  name: 'bpf-probe-read-user-in-use',
  title: 'BPF program: the same during a use()',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what the program read of the pages it lies in',
  control: 'malloc',
  async make(target) {
    await target.victim.beginUse()
    return readByBpf(target)
  },
}
