import { join, resolve } from 'node:path'

const ROOT = resolve(__dirname, '..', '..')

export const ATTACKER_PROGRAM = join(ROOT, 'build', 'Release', 'attacker')
export const VICTIM_SCRIPT = join(__dirname, 'victim.js')
