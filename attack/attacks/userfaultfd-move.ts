import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { nativeAttack } from '../victim/inside'

const name = 'userfaultfd-move'

export const attack: Attack = {
  name,
  title: 'userfaultfd: UFFDIO_MOVE takes the pages away',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in ordinary memory that its pages were moved to',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside = nativeAttack('userfaultfdMove')
