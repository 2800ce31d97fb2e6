import { writeFileSync } from 'node:fs'
import { serialize } from 'node:v8'
import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { type Inside, made } from '../victim/inside'

const name = 'structured-clone'

export const attack: Attack = {
  name,
  title: 'structuredClone of what the application holds',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the clone',
  control: 'malloc',
  make: (target) => attackFromInside(name, target),
}

export const inside: Inside = ({ object }, path) => {
  let clone: unknown
  try {
    clone = structuredClone(object)
  } catch (error) {
    return made(error instanceof Error ? `refused, ${error.name}` : 'refused')
  }
  writeFileSync(path, serialize(clone), { mode: 0o600 })
  return made('cloned')
}
