import { isFiltered } from './detection/trials'
import { SecretMemoryError } from './errors'
import type { LifetimeOptions } from './lifetime'
import { native, type Store } from './native'
import { policy } from './policy'
import type { Support } from './support'

/** Numbers of sys::Sealing (src/sys/seal.h). */
const SEALINGS = ['none', 'mprotect', 'pkey'] as const satisfies readonly Support['sealing'][]

let chosen: Support['sealing'] | null = null
let tried: Support['sealing'] | null = null

/** How the secrets of a store are sealed, or would be: tried once. */
export function sealingOf(store: Store | null): Support['sealing'] {
  if (native === null || store !== native) return 'none'
  return chosen ?? (tried ??= SEALINGS[native.trySealing(isFiltered())] ?? 'none')
}

/**
 * Before the first sealed secret: chooses how this process seals, once.
 * @throws SecretMemoryError ERR_MEMFD_SECRET_UNAVAILABLE where the store cannot seal.
 */
export function requireSealing(store: Store): void {
  if (native === null || store !== native) {
    throw new SecretMemoryError(
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      'Expected memory that can be closed for a sealed secret but received the JavaScript heap',
      { hint: 'Run `memfd-secret doctor` for why there is no other; an unsealed one is not given in its place' },
    )
  }
  if (chosen !== null) return
  chosen = SEALINGS[native.chooseSealing(isFiltered())] ?? 'none'
  const { sealed, reserveBytes } = policy()
  // Reserved here and sealed by another thread. Where a limit leaves no room the reserve stays for open secrets.
  if (sealed && reserveBytes > 0) native.reserve(native.chosenBacking(), reserveBytes, true)
}

/** Options as the caller gave them but for one. Those that are inherited stay too, where a spread would drop them. */
export function withSealed(sealed: boolean, { minBacking, isolated }: LifetimeOptions): LifetimeOptions {
  return { minBacking, isolated, sealed }
}

/** What is made of a sealed secret is sealed too, unless the caller says otherwise. */
export function sealedAs(sealed: boolean, options: LifetimeOptions): LifetimeOptions {
  return sealed && options.sealed === undefined ? withSealed(true, options) : options
}

/** For what lives only while a secret is made: it is open all that time. */
export function unsealed(options: LifetimeOptions): LifetimeOptions {
  return withSealed(false, options)
}
