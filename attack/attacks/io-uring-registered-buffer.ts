import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { nativeAttack } from '../victim/inside'

const name = 'io-uring-registered-buffer'

export const attack: Attack = {
  name,
  title: 'io_uring: the pages as a registered buffer',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the file that the registered pages were written to',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside = nativeAttack('ioUringRegisteredBuffer')
