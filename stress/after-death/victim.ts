// The child of the part "after-death": holds a secret in every way, and a plain Buffer as control. Arguments: the files of
// the secret and of the control, and how to die, when it is told so on stdin.
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { probe, SecretBuffer } from '../../lib/index'
import { loadNativeAccess } from '../../test/native-access'
import type { WayToDie } from './ways-to-die'

const [secretPath = '', controlPath = '', act] = process.argv.slice(2) as [string, string, WayToDie['act']]

// All bits: shared mappings of files too, which secret memory would count as if the kernel dumped it.
writeFileSync('/proc/self/coredump_filter', '0x1ff')

const control = readFileSync(controlPath)
const held = [
  SecretBuffer.fromFileSync(secretPath),
  SecretBuffer.fromFileSync(secretPath, { isolated: true }),
  SecretBuffer.fromFileSync(secretPath, { sealed: true }),
]
const [open, , sealed] = held
const { bytes } = open as SecretBuffer
// In use as it dies: what the view looks at is a copy.
void sealed?.use((view) => new Promise(() => setInterval(() => view.length + bytes.length + control.length, 1000)))

const ends: Record<WayToDie['act'], () => void> = {
  kill: () => undefined,
  exit: () => process.exit(0),
  throw() {
    throw new Error(`holding ${held.length} secrets`)
  },
  abort: () => process.abort(),
  'touch-null': () => loadNativeAccess().poke(0n, 1),
  'fill-heap'() {
    const kept: unknown[] = []
    for (;;) kept.push(Array.from({ length: 1000 }, () => kept.length))
  },
}

// Where whoever started it is gone, so is this.
process.stdin.once('data', () => ends[act]()).once('end', () => process.exit(3))
writeSync(1, `${JSON.stringify({ backing: probe().backing })}\n`)
