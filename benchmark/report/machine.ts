import { arch, availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'
import { probe } from 'memfd-secret'

/** What the figures are of. */
export interface Machine {
  date: string
  processor: string
  processors: number
  memoryBytes: number
  kernel: string
  arch: string
  backing: string
  sealing: string
  /** Work on the machine before this one began: above 0 it disturbs. */
  loadBefore: number
  versions: { 'memfd-secret': string; node: string; 'sodium-native': string }
}

function versionOf(file: string): string {
  return (require(file) as { version: string }).version
}

export function describeMachine(): Machine {
  const { backing, sealing } = probe()
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    arch: arch(),
    backing,
    sealing,
    loadBefore: loadavg()[0] ?? 0,
    versions: {
      'memfd-secret': versionOf(join(packageRoot(), 'package.json')),
      node: process.versions.node,
      'sodium-native': versionOf('sodium-native/package.json'),
    },
  }
}

export function machineText(machine: Machine): string {
  const { versions, loadBefore } = machine
  return [
    `memfd-secret ${versions['memfd-secret']}, sodium-native ${versions['sodium-native']}, Node.js ${versions.node}`,
    `Linux ${machine.kernel} ${machine.arch}, ${machine.processors} processors (${machine.processor})`,
    `backing ${machine.backing}, sealing ${machine.sealing}, load before ${loadBefore.toFixed(2)}, ${machine.date}`,
  ].join('; ')
}
