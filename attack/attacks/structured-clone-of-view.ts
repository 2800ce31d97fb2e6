import { writeFileSync } from 'node:fs'
import { serialize } from 'node:v8'
import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { type Inside, made } from '../victim/inside'

const name = 'structured-clone-of-view'

// One of the ways of code in the process to copy the bytes: Buffer.from, toString and slice are others.
export const attack: Attack = {
  name,
  title: 'structuredClone of the bytes during a use()',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the clone',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside: Inside = (held, path) => {
  const clone = held.use((bytes) => structuredClone(bytes))
  writeFileSync(path, serialize(clone), { mode: 0o600 })
  return made('cloned')
}
