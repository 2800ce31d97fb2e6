import { join, resolve } from 'node:path'

export const ROOT = resolve(__dirname, '..', '..')

export const ATTACKER_PROGRAM = join(ROOT, 'build', 'Release', 'attacker')
/** Not a .node file: node-gyp-build takes any such for the package's own addon. */
export const INSIDE_MODULE = join(ROOT, 'build', 'Release', 'attack_inside.so')
export const VICTIM_SCRIPT = join(__dirname, 'victim', 'main.js')
