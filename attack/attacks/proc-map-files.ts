import type { Attack } from '../attack'
import { takeBy } from '../links'

export const attack: Attack = {
  name: 'proc-map-files',
  title: '/proc/PID/map_files, each opened',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what lies behind a mapping of the victim',
  control: 'shared-memory',
  make: (target) => takeBy('map-files', target),
}
