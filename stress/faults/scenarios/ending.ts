import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { findCopies } from '../../../lib/audit'
import { configure, SecretBuffer, SecretMemoryError, type SecretView, stats } from '../../../lib/index'
import { map, memfdSecret, unmap } from '../../../lib/raw'
import { MARKER, type Scenario, scenario } from '../scenario'

interface Viewed {
  secret: SecretBuffer
  view: SecretView
}

/** Ending never fails, whatever the kernel refuses: wiped and detached. */
function ending(name: string, length: number, end: (secret: SecretBuffer) => unknown): Scenario {
  return scenario<Viewed>({
    name,
    prepare: () => {
      const secret = SecretBuffer.from(Buffer.alloc(length, MARKER))
      return { secret, view: secret.bytes }
    },
    act: ({ secret }) => end(secret),
    works: (_result, { secret, view }) => {
      if (!secret.disposed || view.length !== 0) throw new Error('Expected it to be over and its view to be detached')
    },
    finish: () => undefined,
    tolerates: () => true,
  })
}

const PAGE = 4096
let reserved = stats().reservedBytes

const reserving = scenario<null>({
  name: 'configure({ reserveBytes })',
  prepare: () => null,
  act: () => configure({ reserveBytes: reserved + PAGE }),
  works: () => {
    reserved += PAGE
    if (stats().reservedBytes !== reserved) throw new Error(`Expected ${reserved} reserved bytes`)
  },
  finish: () => undefined,
})

interface Descriptor {
  fd: number
}

const mapping = scenario<Descriptor>({
  name: 'raw.map',
  prepare: () => ({ fd: memfdSecret() }),
  act: ({ fd }) => map(fd, PAGE),
  works: (memory) => void Buffer.from(memory as ArrayBuffer).fill(1),
  finish: ({ fd }, memory) => {
    closeSync(fd)
    if (memory === undefined) return
    // Raw memory is not wiped by the package.
    new Uint8Array(memory as ArrayBuffer).fill(0)
    unmap(memory as ArrayBuffer)
  },
  errors: 'system',
})

const unmapping = scenario<{ memory: ArrayBuffer }>({
  name: 'raw.unmap',
  prepare: () => {
    const fd = memfdSecret()
    const memory = map(fd, PAGE)
    closeSync(fd)
    return { memory }
  },
  act: ({ memory }) => unmap(memory),
  finish: ({ memory }, result) => {
    if (result === undefined && memory.byteLength === 0) return
    if (memory.byteLength !== PAGE) throw new Error('Expected the memory to be attached after a failure')
    unmap(memory)
  },
  errors: 'system',
})

const making = scenario<null>({
  name: 'raw.memfdSecret',
  prepare: () => null,
  act: () => memfdSecret(),
  finish: (_state, fd) => {
    if (typeof fd === 'number') closeSync(fd)
  },
  errors: 'system',
})

const auditing = scenario<{ secret: SecretBuffer }>({
  name: 'findCopies',
  prepare: () => ({ secret: SecretBuffer.random(32) }),
  act: ({ secret }) => findCopies(secret, { encodings: ['raw'] }),
  works: (copies) => {
    if ((copies as unknown[]).length !== 0) throw new Error('Expected no copy of a secret that nobody copied')
  },
  finish: ({ secret }) => secret.dispose(),
  // A page that cannot be read is passed over; what the search took goes whatever the kernel refuses.
  tolerates: ({ site, errno }) =>
    site === 'munmap' || (site === 'process_vm_readv' && errno === constants.errno.EFAULT),
  // Any refusal of that call ends the search, and none says that something ran out.
  isExpected: (error, { site, errno }) =>
    site === 'process_vm_readv' &&
    error instanceof SecretMemoryError &&
    error.code === 'ERR_MEMFD_SECRET_UNAVAILABLE' &&
    error.errno === -errno,
})

export const ENDING: readonly Scenario[] = [
  ending('dispose, of a slot', 32, (secret) => secret.dispose()),
  ending('dispose, of pages', 10_000, (secret) => secret.dispose()),
  ending('destroy, of pages', 10_000, (secret) => secret.destroy()),
  ending('asyncDispose, of pages', 10_000, (secret) => secret[Symbol.asyncDispose]()),
  reserving,
  making,
  mapping,
  unmapping,
  auditing,
]
