import type { Attack } from '../attack'
import { injectCode } from '../injected-code'

export const attack: Attack = {
  name: 'injected-write',
  title: 'injected code: gdb calls write(2)',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file that the victim wrote',
  control: 'malloc',
  make: async (target) => injectCode(target, await target.victim.locatePages()),
}
