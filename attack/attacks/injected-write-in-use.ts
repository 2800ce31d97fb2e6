import type { Attack } from '../attack'
import { injectCode } from '../injected-code'

export const attack: Attack = {
  name: 'injected-write-in-use',
  title: 'injected code: the same during a use()',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file that the victim wrote',
  control: 'malloc',
  async make(target) {
    await target.victim.beginUse()
    return injectCode(target, await target.victim.locatePages())
  },
}
