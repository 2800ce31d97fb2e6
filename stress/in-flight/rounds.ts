import { SecretBuffer, type SecretView } from '../../lib/index'
import type { Random } from '../random'
import { type Job, type Kind, LENGTHS } from './jobs'
import { endAt, type Ending, ENDINGS } from './timing'

const MOST_JOBS = 8
/** Made for each secret that ends, at once and some turns later: one of them gets its slot, were that given back too early. */
const OTHERS = 3
const BYTE_OF_SECRETS = 0xa5
const BYTE_OF_OTHERS = 0x5a

export interface Counts {
  /** Secrets that were ended around a job on their bytes. */
  rounds: number
  /** Of them, ended while the job was not over. */
  inFlight: number
}

const MOST_TURNS = 4

const filledWith = (byte: number): Map<number, Buffer> =>
  new Map(LENGTHS.map((length) => [length, Buffer.alloc(length, byte)]))
const expectations = filledWith(BYTE_OF_OTHERS)
const zeros = filledWith(0)

/** Of the event loop, in which finalizers run. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

/** Holds a secret until `over`, then says whether its bytes are as they were written. */
async function holdAnother(byteLength: number, sealed: boolean, over: Promise<unknown>): Promise<boolean> {
  const expected = expectations.get(byteLength) ?? Buffer.alloc(0)
  using other = SecretBuffer.alloc(byteLength, { sealed })
  // What a job wrote after the wipe is wiped once more.
  if (!other.equals(zeros.get(byteLength) ?? Buffer.alloc(0))) throw new Error('A new secret is not zeroed')
  other.fill(BYTE_OF_OTHERS)
  if (!sealed) {
    await over
    return other.equals(expected)
  }
  // The copy that a use of a sealed secret looks at lies in a slot too.
  const intact = await other.use(async (bytes) => {
    await over
    return expected.equals(bytes)
  })
  return intact && other.equals(expected)
}

function start(secret: SecretBuffer, sealed: boolean, job: Job): Promise<Uint8Array | null> {
  const run = (bytes: SecretView): Promise<Uint8Array | null> => new Promise((resolve) => job(bytes, resolve))
  return sealed ? secret.use(run) : run(secret.bytes)
}

const isForeign = (output: Uint8Array): boolean => output.includes(BYTE_OF_OTHERS)

/** Some jobs of one kind, the ends of their secrets, and other secrets made right after each. */
export async function runRound(kind: Kind, random: Random, counts: Counts): Promise<void> {
  // Mostly of slots: a mapping of its own takes the kernel a hundred times as long, and is not given to another.
  const byteLength = random.once(16) ? random.pick(LENGTHS) : 32
  // Where secrets are sealed by mprotect(2), most of the time goes into telling the other processors.
  const sealed = random.once(4)
  const others: Promise<boolean>[] = []
  const outputs: Promise<Uint8Array | null>[] = []
  const ends: Promise<void>[] = []
  const later: Promise<void>[] = []
  let allOver: () => void = () => undefined
  const over = new Promise<void>((resolve) => (allOver = resolve))

  const makeOthers = (): void => {
    for (let made = 0; made < OTHERS; made++) {
      const intact = holdAnother(byteLength, sealed, over)
      // Told at the end of the round.
      intact.catch(() => undefined)
      others.push(intact)
    }
  }

  for (let i = random.between(1, MOST_JOBS); i > 0; i--) {
    const secret = SecretBuffer.alloc(byteLength, { sealed, isolated: random.once(64) })
    secret.fill(BYTE_OF_SECRETS)
    let working = true
    const output = start(secret, sealed, kind.job)
    outputs.push(output)
    const stopWorking = (): void => void (working = false)
    output.then(stopWorking, stopWorking)
    // A sealed secret in use ends by destroy alone; dispose waits for the use.
    const ending: Ending = sealed && !random.once(4) ? 'destroy' : random.pick(ENDINGS)
    const end = (): void => {
      counts.rounds++
      if (working) counts.inFlight++
      secret[ending]()
      makeOthers()
      if (working) later.push(turns(random.between(1, MOST_TURNS)).then(makeOthers))
    }
    ends.push(endAt(random, end))
  }
  await Promise.all(ends)
  await Promise.all(later)
  const results = await Promise.all(outputs)
  allOver()
  if ((await Promise.all(others)).includes(false)) throw new Error('Another secret was written to')
  const made = [...results.filter((output) => output !== null), ...(kind.received?.() ?? [])]
  if (made.some(isForeign)) throw new Error('A job read the bytes of another secret')
}
