import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { Worker } from 'node:worker_threads'
import { SecretBuffer, SecretMemoryError } from '../../../lib/index'
import {
  open,
  type ProcessHandle,
  receiveSecret,
  sendSecret,
  toProcess,
  toWorker,
  type WorkerHandle,
} from '../../../lib/share'
import { packageRoot } from '../../../lib/addon-file'
import type { Report } from '../injector'
import { MARKER, type Scenario, scenario } from '../scenario'

function expectMarker(secret: SecretBuffer): void {
  if (!secret.equals(MARKER)) throw new Error('Expected the bytes of the secret but received others')
}

function sharing(name: string, isolated: boolean): Scenario {
  return scenario<SecretBuffer>({
    name,
    prepare: () => SecretBuffer.from(MARKER, { isolated }),
    act: (secret) => toWorker(secret),
    works: (handle) => {
      const opened = open(handle as WorkerHandle)
      expectMarker(opened)
      opened.dispose()
    },
    finish: (secret) => {
      expectMarker(secret)
      secret.dispose()
    },
    // The slot that it moved from ends, which cannot fail.
    tolerates: ({ site }) => !isolated && site === 'munmap',
  })
}

interface Shared {
  secret: SecretBuffer
  handle: WorkerHandle
}

const opening = scenario<Shared>({
  name: 'open, of toWorker()',
  prepare: () => {
    const secret = SecretBuffer.from(MARKER)
    return { secret, handle: toWorker(secret) }
  },
  act: ({ handle }) => open(handle),
  works: (opened) => expectMarker(opened as SecretBuffer),
  finish: ({ secret }, opened) => {
    ;(opened as SecretBuffer | undefined)?.dispose()
    expectMarker(secret)
    secret.dispose()
  },
})

const handing = scenario<SecretBuffer>({
  name: 'toProcess',
  prepare: () => SecretBuffer.from(MARKER),
  act: (secret) => toProcess(secret),
  finish: (secret, handle) => {
    ;(handle as ProcessHandle | undefined)?.close()
    expectMarker(secret)
    secret.dispose()
  },
})

interface Handed {
  secret: SecretBuffer
  handle: ProcessHandle
}

const receiving = scenario<Handed>({
  name: 'open, of toProcess()',
  prepare: () => {
    const secret = SecretBuffer.from(MARKER)
    return { secret, handle: toProcess(secret) }
  },
  act: ({ handle }) => open(handle),
  works: (opened) => expectMarker(opened as SecretBuffer),
  finish: ({ secret, handle }, opened) => {
    ;(opened as SecretBuffer | undefined)?.dispose()
    handle.close()
    secret.dispose()
  },
  isExpected: isBadHandle,
})

/** What is wrong with a descriptor itself is told without its errno. */
function isBadHandle(error: unknown, { site, errno }: Report): boolean {
  const looks = site === 'fstat' || site === 'fstatfs'
  const ofDescriptor = ['EACCES', 'EBADF', 'EINVAL', 'ENODEV'].includes(getSystemErrorName(-errno))
  return error instanceof SecretMemoryError && error.code === 'ERR_MEMFD_SECRET_BAD_HANDLE' && (looks || ofDescriptor)
}

let sockets = 0

interface Sent {
  secret: SecretBuffer
  path: string
}

/** What each end said. */
class HandoverFailure extends Error {
  readonly failures: readonly NodeJS.ErrnoException[]

  constructor(failures: readonly NodeJS.ErrnoException[]) {
    super(failures.map((failure) => `${failure.code} ${failure.syscall ?? ''}: ${failure.message}`).join('; '))
    this.failures = failures
  }
}

/** Both ends in this process. Where one fails, the other may wait for what will not come: it is called off. */
async function handOver({ secret, path }: Sent): Promise<SecretBuffer> {
  const controller = new AbortController()
  const { signal } = controller
  const callOff = (error: unknown): never => {
    setTimeout(() => controller.abort(), 5)
    throw error
  }
  const received = receiveSecret(path, { signal }).catch(callOff)
  const sent = sendSecret(path, secret, { signal }).catch(callOff)
  const [got, gone] = await Promise.allSettled([received, sent])
  if (got.status === 'fulfilled' && gone.status === 'fulfilled') return got.value.secret
  if (got.status === 'fulfilled') got.value.secret.dispose()
  throw new HandoverFailure(
    [got, gone].flatMap((end) => (end.status === 'rejected' ? [end.reason as NodeJS.ErrnoException] : [])),
  )
}

const handover = scenario<Sent>({
  name: 'sendSecret and receiveSecret',
  prepare: () => ({
    secret: SecretBuffer.from(MARKER),
    path: join(tmpdir(), `memfd-secret-faults-${process.pid}-${++sockets}`),
  }),
  act: handOver,
  works: (received) => expectMarker(received as SecretBuffer),
  finish: ({ secret }, received) => {
    ;(received as SecretBuffer | undefined)?.dispose()
    secret.dispose()
  },
  isExpected: (error, report) => {
    if (!(error instanceof HandoverFailure)) return false
    return error.failures.some((failure) => {
      // A call of a socket that says that the peer is gone, and what is wrong with a descriptor, are told as such.
      const gone = failure.code === 'ERR_MEMFD_SECRET_PEER' && (report.site === 'sendmsg' || report.site === 'recvmsg')
      return gone || failure.errno === -report.errno || isBadHandle(failure, report)
    })
  },
})

const LIBRARY = join(packageRoot(), 'out/lib/index.js')

/** At which a smaller chunk is tried. */
const isShortage = ({ errno }: Report): boolean => ['EAGAIN', 'ENOMEM', 'EPERM'].includes(getSystemErrorName(-errno))

/** The first secret of an environment: its canary, and its first chunk. */
const inWorker = scenario<null>({
  name: 'the first secret of a worker',
  prepare: () => null,
  act: () =>
    new Promise((resolve, reject) => {
      const script = `
        const { SecretBuffer } = require(${JSON.stringify(LIBRARY)})
        const { parentPort } = require('node:worker_threads')
        try {
          const secret = SecretBuffer.alloc(32)
          const backing = secret.backing
          secret.dispose()
          parentPort.postMessage({ backing })
        } catch (error) {
          const { code, errno, syscall, message } = error
          parentPort.postMessage({ code, errno, syscall, message })
        }`
      const worker = new Worker(script, { eval: true })
      let answer: { code?: string; message?: string } = {}
      worker.on('message', (message: typeof answer) => (answer = message))
      worker.on('error', reject)
      worker.on('exit', () => {
        if (answer.code === undefined) resolve(answer)
        else reject(Object.assign(new WorkerFailure(answer.message), answer))
      })
    }),
  finish: () => undefined,
  errors: 'system',
  tolerates: (report) => report.site !== 'getrandom' && (report.site !== 'memfd_secret' || isShortage(report)),
  isExpected: (error, { site, errno }) => {
    const failure = error as NodeJS.ErrnoException
    // Without memory the addon registers itself by halves, and is not taken.
    const halved = site === 'malloc' && failure.code === 'ERR_MEMFD_SECRET_UNAVAILABLE'
    return error instanceof WorkerFailure && (halved || failure.errno === -errno)
  },
})

class WorkerFailure extends Error {}

export const SHARING: readonly Scenario[] = [
  sharing('toWorker', false),
  sharing('toWorker, isolated', true),
  opening,
  handing,
  receiving,
  handover,
  inWorker,
]
