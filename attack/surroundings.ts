import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, release } from 'node:os'
import type { Surroundings } from './results'

function sodiumNative(): string | null {
  try {
    return (createRequire(__filename)('sodium-native/package.json') as { version: string }).version
  } catch {
    return null
  }
}

function gdb(): string | null {
  const { stdout } = spawnSync('gdb', ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return /^GNU gdb .*?([\d.]+)$/m.exec(stdout ?? '')?.[1] ?? null
}

/** The effective set, as /proc has it: hexadecimal. */
function capabilities(): string {
  return /^CapEff:\s*0*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? ''
}

/** What the results hold for. */
export function describeSurroundings(): Surroundings {
  const uid = process.getuid?.() ?? -1
  return {
    date: new Date().toISOString().slice(0, 10),
    kernel: release(),
    arch: arch(),
    node: process.version,
    sodiumNative: sodiumNative(),
    gdb: gdb(),
    attacker: { uid, root: uid === 0, capabilities: capabilities() },
  }
}
