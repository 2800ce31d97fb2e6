import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { nativeAttack } from '../victim/inside'

const name = 'o-direct'

export const attack: Attack = {
  name,
  title: 'O_DIRECT: the disk reads the pages',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the file that its pages were written to with O_DIRECT',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside = nativeAttack('oDirect')
