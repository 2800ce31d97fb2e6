import type { Attack } from '../attack'
import { readByBpf } from '../bpf'

export const attack: Attack = {
  name: 'bpf-probe-read-user',
  title: 'BPF program: bpf_probe_read_user',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what the program read of the pages it lies in',
  control: 'malloc',
  make: readByBpf,
}
