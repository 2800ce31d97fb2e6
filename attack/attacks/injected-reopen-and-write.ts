import type { Attack } from '../attack'
import { injectCode } from '../injected-code'

// Shows how far sealing goes: the process closes the pages itself, and what it can open, code in it can open. The write is
// the same as in injected-write, which shows that nothing but the opening makes the difference.
export const attack: Attack = {
  name: 'injected-reopen-and-write',
  title: 'injected code: gdb opens the pages first, then calls write(2)',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file that the victim wrote',
  control: 'malloc',
  async make(target) {
    const pages = await target.victim.locatePages()
    return injectCode(target, pages, target.victim.sealing === 'pkey' ? 'pkey' : 'mprotect')
  },
}
