import type { Attack } from '../attack'
import { takeBy } from '../links'

export const attack: Attack = {
  name: 'proc-fd',
  title: '/proc/PID/fd, each opened',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what lies behind a descriptor of the victim',
  control: 'shared-memory',
  make: (target) => takeBy('proc-fd', target),
}
