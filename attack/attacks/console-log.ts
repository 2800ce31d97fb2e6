import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { type Inside, made } from '../victim/inside'

const name = 'console-log'

export const attack: Attack = {
  name,
  title: 'console.log, of what the application holds and of the bytes',
  from: 'inside',
  effect: 'read',
  leaks: "the secret is in the victim's standard output",
  control: 'malloc',
  make: (target) => attackFromInside(name, target, target.victim.stdout),
}

export const inside: Inside = (held) => {
  console.log(held.object)
  console.log('%o %j', held.object, held.object)
  held.use((bytes) => console.log(bytes, { bytes }, JSON.stringify(bytes)))
  return made('printed')
}
