import { closeSync } from 'node:fs'
import { configure, probe, stats } from '../../../lib/index'
import { map, memfdSecret, unmap } from '../../../lib/raw'
import { expectBytes, expectSame, expectThrows } from '../expect'
import type { Step, World } from '../world'

const MOST_RESERVED = 256 * 1024
const PAGE = 4096

/** The policy only tightens. */
function tighten(world: World): void {
  const policy = configure({})
  expectSame(policy.sealed, world.sealedByPolicy, 'the policy of sealing')
  expectSame(configure({ minBacking: policy.minBacking }).minBacking, policy.minBacking, 'a policy that stays')
  if (policy.minBacking !== 'heap') {
    expectThrows(() => configure({ minBacking: 'heap' }), 'ERR_MEMFD_SECRET_POLICY', 'a weaker backing')
  }
  if (world.sealedByPolicy) {
    expectThrows(() => configure({ sealed: false }), 'ERR_MEMFD_SECRET_POLICY', 'unsealing by policy')
  }
  expectSame(configure({}).minBacking, policy.minBacking, 'the policy after refusals')
}

let asked = 0

function reserve(world: World): void {
  if (world.backing === 'heap' || stats().reservedBytes >= MOST_RESERVED) return
  const wanted = asked + world.random.between(1, 2 * PAGE)
  const done = world.attempt(() => configure({ reserveBytes: wanted }))
  if (done === null) {
    expectSame(stats().reservedBytes, world.reservedBytes, 'the reserve after a refusal')
    return
  }
  asked = wanted
  expectSame(done.value.reserveBytes, wanted, 'the policy of the reserve')
  // Whole pages, and of a sealed policy half of it for copies.
  const { reservedBytes } = stats()
  if (reservedBytes < wanted || reservedBytes > wanted + 4 * PAGE) expectSame(reservedBytes, wanted, 'the reserve')
  world.reservedBytes = reservedBytes
  expectThrows(() => configure({ reserveBytes: wanted - 1 }), 'ERR_MEMFD_SECRET_POLICY', 'a smaller reserve')
}

let probed = ''

/** Tried once; the rest of what it tells may change. */
function probeAgain(): void {
  const { backing, memfdSecret: secret, sealing, kernel } = probe()
  const now = JSON.stringify({ backing, secret, sealing, kernel })
  if (probed !== '') expectSame(now, probed, 'probe(), asked again')
  probed = now
}

/** The system call itself: one descriptor, two mappings. */
function mapTwice(world: World): void {
  if (world.backing !== 'memfd_secret') return
  const made = world.attempt(() => memfdSecret())
  if (made === null) return
  const fd = made.value
  const length = world.random.between(1, 3 * PAGE)
  try {
    const one = world.attempt(() => map(fd, length))
    if (one === null) return
    const bytes = world.random.bytes(length)
    Buffer.from(one.value).set(bytes)
    const other = world.attempt(() => map(fd, length))
    if (other !== null) {
      expectBytes(Buffer.from(other.value), bytes, 'a second mapping')
      unmap(other.value)
      expectSame(other.value.byteLength, 0, 'the length of what was unmapped')
      expectThrows(() => unmap(other.value), 'EINVAL', 'unmapping twice')
    }
    expectThrows(() => map(fd, 16 * PAGE), 'EINVAL', 'a mapping past the end')
    expectBytes(Buffer.from(one.value), bytes, 'the first mapping')
    new Uint8Array(one.value).fill(0)
    unmap(one.value)
  } finally {
    closeSync(fd)
  }
}

function mapWrong(world: World): void {
  if (world.backing !== 'memfd_secret') return
  expectThrows(() => map(0x7fff_ffff, 1), 'EBADF', 'mapping a descriptor that is not open')
  expectThrows(() => map(0, 1), 'EINVAL', 'mapping another descriptor')
  expectThrows(() => memfdSecret(1), 'EINVAL', 'the flag that the manual page names')
  expectThrows(() => unmap(new ArrayBuffer(8)), 'EINVAL', 'unmapping what was not mapped')
}

export const PROCESS: readonly Step[] = [
  { name: 'configure', weight: 4, run: tighten },
  { name: 'configure a reserve', weight: 1, run: reserve },
  { name: 'probe', weight: 0.2, run: probeAgain },
  { name: 'raw', weight: 6, run: mapTwice },
  { name: 'raw, wrong', weight: 2, run: mapWrong },
]
