import type { Attack } from '../attack'
import { dumpAndSearch } from '../dump'

export const attack: Attack = {
  name: 'gcore',
  title: 'core dump by gdb: gcore',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file',
  control: 'malloc',
  make: (target) => dumpAndSearch(target, false),
}
