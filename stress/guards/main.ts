// The child of the part "guards": node out/stress/guards/main.js SEED SECONDS
// A faulty native library's writes: into the guard pages around secrets, where each must be SIGSEGV at exactly that address,
// and into their canaries, which must be found at the end. The faults are survived here; guards/death.ts dies of one.
import { probe, SecretBuffer, stats } from '../../lib/index'
import { collectGarbage, turn } from '../../test/collect-garbage'
import { loadNativeAccess } from '../../test/native-access'
import { Random } from '../random'
import { ACCESS_FORBIDDEN, canariesOf, canariesOfCopy, LONGEST_SHARED, makeIsolated, PAGE, SEGV } from './layout'

const access = loadNativeAccess()
const SHORT = 160
const SEALED = probe().sealing !== 'none'

function expectFault(address: bigint, write: boolean, where: string): void {
  const fault = access.touch(address, write)
  if (fault === null) throw new Error(`Expected a fault ${where} but the ${write ? 'write' : 'read'} went through`)
  const { signal, code } = fault
  if (signal !== SEGV || code !== ACCESS_FORBIDDEN || fault.address !== address) {
    throw new Error(
      `Expected SIGSEGV, code 2, at ${address} ${where} but received ${signal}, ${code}, ${fault.address}`,
    )
  }
}

function expectNoFault(address: bigint, where: string): void {
  if (access.touch(address, false) !== null) throw new Error(`Expected memory ${where} but received a fault`)
}

/** Overruns and underruns by any distance that ends in a guard page. */
function touchGuards(random: Random): void {
  const isolated = makeIsolated(access, random.between(1, 4 * PAGE))
  const { secret, address, above, below } = isolated
  const write = random.once(2)
  const distances = [0n, BigInt(random.below(PAGE)), BigInt(PAGE - 1)]
  for (const distance of distances) {
    expectFault(above + distance, write, `${distance} bytes into the guard page above`)
    expectFault(below - distance, write, `${distance} bytes into the guard page below`)
  }
  expectNoFault(above - 1n, 'below the guard page above')
  expectNoFault(below + 1n, 'above the guard page below')
  expectNoFault(address, 'of the secret')
  secret.dispose()
}

function codeOf(act: () => void): string | undefined {
  try {
    act()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
  return undefined
}

function spoil(random: Random, at: bigint): void {
  access.poke(at, (access.peek(at, 1)[0] ?? 0) ^ random.between(1, 255))
}

/** Of each byte that a canary fills, from the start of the secret. */
function offsetsOf(byteLength: number, { behind, before }: ReturnType<typeof canariesOf>): number[] {
  return [
    ...Array.from({ length: behind }, (_, i) => byteLength + i),
    ...Array.from({ length: before }, (_, i) => -1 - i),
  ]
}

/** One byte of one canary: the end of that secret says so, and that of its neighbours does not. */
function overrun(random: Random): void {
  const isolated = random.once(2)
  // Mostly short: the classes of slots lie close together there, and each has a length that just does not fit.
  const byteLength = random.between(1, isolated ? 3 * PAGE : random.once(4) ? LONGEST_SHARED : SHORT)
  const neighbours = [1, 2].map(() => SecretBuffer.alloc(byteLength, { sealed: false }))
  const secret = SecretBuffer.alloc(byteLength, { isolated, sealed: false })
  const address = access.addressOf(secret.bytes.buffer)
  const offsets = offsetsOf(byteLength, canariesOf(byteLength, isolated || byteLength > LONGEST_SHARED))
  const spoils = offsets.length > 0 && !random.once(4)
  const after = offsets.filter((at) => at > 0)
  const edges = [...after.slice(0, 1), ...after.slice(-1)]
  const offset = spoils ? random.pick(edges.length > 0 && random.once(2) ? edges : offsets) : 0
  if (spoils) spoil(random, address + BigInt(offset))
  const code = codeOf(() => (random.once(2) ? secret.dispose() : secret.destroy()))
  const expected = spoils ? 'ERR_MEMFD_SECRET_CORRUPTED' : undefined
  if (code !== expected) {
    throw new Error(`Expected ${expected} for ${byteLength} bytes, spoiled at ${offset}, but received ${code}`)
  }
  if (access.peek(address, byteLength).some((byte) => byte !== 0))
    throw new Error('Expected it to be wiped all the same')
  for (const neighbour of neighbours) neighbour.dispose()
}

/** The view of a sealed secret's use is of a copy: what ran over or under it is found when the use ends. */
function overrunSealed(random: Random): void {
  const byteLength = random.between(1, 5000)
  const isolated = random.once(2)
  const secret = SecretBuffer.alloc(byteLength, { sealed: true, isolated })
  const offset = random.once(2) ? random.pick(offsetsOf(byteLength, canariesOfCopy(byteLength, isolated))) : null
  const code = codeOf(() =>
    secret.use((view) => {
      if (offset !== null) spoil(random, access.addressOf(view.buffer) + BigInt(offset))
    }),
  )
  const expected = offset === null ? undefined : 'ERR_MEMFD_SECRET_CORRUPTED'
  if (code !== expected) {
    throw new Error(
      `Expected ${expected} for a copy of ${byteLength} bytes, spoiled at ${offset}, but received ${code}`,
    )
  }
  if ((offset !== null) !== secret.disposed) throw new Error('Expected a spoiled secret, and no other, to be over')
  secret.dispose()
}

async function main(seed: number, seconds: number): Promise<void> {
  const random = new Random(seed)
  const until = performance.now() + seconds * 1000
  const counts = { guards: 0, canaries: 0 }
  for (let round = 1; performance.now() < until; round++) {
    touchGuards(random)
    counts.guards += 6
    overrun(random)
    counts.canaries++
    if (SEALED && round % 8 === 0) {
      overrunSealed(random)
      counts.canaries++
    }
    if (round % 50 === 0) await turn()
    if (round % 2000 === 0) await collectGarbage()
  }
  if (stats().secrets !== 0) throw new Error('Expected no live secret at the end')
  process.stdout.write(`${JSON.stringify(counts)}\n`)
}

const [seed = 1, seconds = 5] = process.argv.slice(2).map(Number)
void main(seed, seconds)
