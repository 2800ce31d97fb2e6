import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { nativeAttack } from '../victim/inside'

const name = 'vmsplice'

export const attack: Attack = {
  name,
  title: 'vmsplice: a pipe takes the pages',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in what comes out of the pipe',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside = nativeAttack('vmsplice')
