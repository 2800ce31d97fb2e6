import type { Attack } from '../attack'
import { readBy } from '../attacker'

export const attack: Attack = {
  name: 'proc-mem-read',
  title: '/proc/PID/mem, read',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what read(2) gave of the whole memory of the victim',
  control: 'malloc',
  make: (target) => readBy('mem', target),
}
