import type { Attack } from '../attack'
import { dumpAndSearch } from '../dump'

export const attack: Attack = {
  name: 'gcore-all',
  title: 'core dump by gdb: gcore -a, MADV_DONTDUMP ignored',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file',
  control: 'malloc',
  make: (target) => dumpAndSearch(target, true),
}
