import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { nativeAttack } from '../victim/inside'

const name = 'forked-child'

export const attack: Attack = {
  name,
  title: 'a forked child writes what it inherited',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the file that the child wrote',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside = nativeAttack('forkedChild')
