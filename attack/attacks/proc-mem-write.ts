import type { Attack } from '../attack'
import { overwriteBy } from '../overwrite'

export const attack: Attack = {
  name: 'proc-mem-write',
  title: '/proc/PID/mem, write',
  from: 'outside',
  effect: 'write',
  leaks: 'the victim reads other bytes in its secret than before',
  control: 'malloc',
  make: (target) => overwriteBy('mem-write', target),
}
