import { chmodSync } from 'node:fs'
import { writeHeapSnapshot } from 'node:v8'
import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { type Inside, made } from '../victim/inside'

const name = 'heap-snapshot'

export const attack: Attack = {
  name,
  title: 'heap snapshot',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the snapshot',
  control: 'string',
  make: (target) => attackFromInside(name, target),
}

export const inside: Inside = (_held, path) => {
  writeHeapSnapshot(path)
  chmodSync(path, 0o600)
  return made('a snapshot by v8.writeHeapSnapshot')
}
