import { Answer, native } from '../native'
import { strengthOf } from '../backing'
import { SecretMemoryError } from '../errors'
import { Lifetime, type LifetimeOptions } from '../lifetime'
import { failureOf } from '../failures'
import { withSealed } from '../sealing'
import { lifetimeOf, type SecretBuffer } from '../secret-buffer'
import { badHandle, requireShareable } from './share-errors'

/** Plain data, to be posted to a Worker of this process. It holds nothing: see {@link toWorker}. */
export interface WorkerHandle {
  /** 128 random bits. */
  readonly id: bigint
  /** Of the secret, in bytes. */
  readonly byteLength: number
}

function stillViewed(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    'Expected a secret without an open view for toWorker() but received one whose `bytes` was read or that is in use()',
    {
      hint:
        'A small secret moves to pages of its own when it is shared, and a view cannot follow: share it first, or make ' +
        'it with { isolated: true }',
    },
  )
}

/**
 * Shares a secret with Workers of this process: open() there maps the same pages. The secret lives as long as one
 * SecretBuffer over them, whichever thread's; the last to be disposed wipes. The handle does not count: keep the secret
 * until the Worker has opened it, else open() is ERR_MEMFD_SECRET_BAD_HANDLE. No descriptor is ever open.
 *
 * A secret that shares its page with others moves to pages of its own.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_LIMIT where there is no room for those; ERR_MEMFD_SECRET_UNAVAILABLE where
 *   it would have to move while a view of it is open, or lives in the JavaScript heap.
 */
export function toWorker(secret: SecretBuffer): WorkerHandle {
  const lifetime = lifetimeOf(secret, 'secret')
  lifetime.assertOpen()
  const addon = requireShareable(lifetime, 'toWorker()')
  const id = addon.share(lifetime.handle, strengthOf(lifetime.backing), lifetime.viewed)
  if (typeof id === 'number') {
    if (id === Answer.pending) throw stillViewed()
    lifetime.check(id)
    throw badHandle('an id for toWorker()', 'none', KEEP)
  }
  return { id, byteLength: lifetime.byteLength }
}

const KEEP = 'A handle holds nothing: keep the secret undisposed until the Worker has opened it'

const gone = (): SecretMemoryError => badHandle('the id of a secret that is alive for handle', 'another id', KEEP)

function sharedOpen(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    'Expected a sealed secret behind the handle for open() but received one whose pages are open in another thread',
    { hint: 'Whoever makes a secret seals it: make it with { sealed: true } there' },
  )
}

/** Maps the pages behind a handle once more, sealed as the secret is. */
export function openShared(handle: WorkerHandle, options: LifetimeOptions): Lifetime {
  const { id, byteLength } = handle
  const sealed = native?.isSharedSealed(id) === true
  const lifetime = new Lifetime(byteLength, withSealed(sealed, options), (store, strength) => {
    const addon = requireShareable({ store } as Lifetime, 'open()')
    const opened = addon.openShared(id, strength)
    if (typeof opened === 'number' && failureOf(opened).name === 'ENOENT') throw gone()
    if (typeof opened === 'object' && addon.sharedLength(opened) !== byteLength) {
      store.destroy(opened)
      throw badHandle('the byteLength of the secret for handle.byteLength', 'another length', KEEP)
    }
    if (typeof opened === 'object' && options.sealed === true && !sealed) {
      store.destroy(opened)
      throw sharedOpen()
    }
    return opened
  })
  return lifetime
}
