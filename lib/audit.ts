import { AssertionError } from 'node:assert'
import { type AuditOptions, checkAuditOptions } from './audit/options'
import { ownMemory } from './audit/mappings'
import { listOf } from './audit/report'
import { type Copy, MOST_COPIES, scan } from './audit/scan'
import { lifetimeOf, type SecretBuffer } from './secret-buffer'

export type { AuditOptions } from './audit/options'
export type { CopyKind } from './audit/classify'
export type { AuditEncoding, Copy } from './audit/scan'

/**
 * Looks for copies of a secret in the ordinary memory of this process, all its threads: what the kernel gives to whoever
 * may read it. Runs in a thread of libuv's pool, in secret pages of its own, and makes no copy itself. Answers where they
 * lie, by ascending address, at most 1,000. docs/audit.md says what it cannot find.
 *
 * Of a secret above 4,096 bytes its first 4,096 are looked for. RangeError ERR_OUT_OF_RANGE for one below 8 bytes, which
 * would be met by chance; ERR_MEMFD_SECRET_LIMIT where there is no room for the search's pages (150 KiB for a short
 * secret); ERR_MEMFD_SECRET_UNAVAILABLE for a secret of the heap backing, or where process_vm_readv(2) is forbidden; the
 * signal's reason once it is aborted.
 */
export async function findCopies(secret: SecretBuffer, options?: AuditOptions): Promise<Copy[]> {
  const checked = checkAuditOptions(options)
  const lifetime = lifetimeOf(secret, 'secret')
  const { copies } = await scan(lifetime, () => ownMemory(lifetime.backing === 'mlock'), checked)
  return copies
}

/**
 * Rejects with an AssertionError that says where copies lie, never their bytes, and has them as `actual`. For a test suite:
 * tap, node:test, Jest, Vitest. Else as {@link findCopies}.
 */
export async function assertNoCopies(secret: SecretBuffer, options?: AuditOptions): Promise<void> {
  const copies = await findCopies(secret, options)
  if (copies.length === 0) return
  const count = `${copies.length}${copies.length === MOST_COPIES ? ' or more' : ''}`
  throw new AssertionError({
    message: `Expected no copy of the secret in ordinary memory but received ${count}:\n${listOf(copies)}`,
    actual: copies,
    expected: [],
    operator: 'assertNoCopies',
    stackStartFn: assertNoCopies,
  })
}
