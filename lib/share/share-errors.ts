import { SecretMemoryError } from '../errors'
import type { Lifetime } from '../lifetime'
import { native } from '../native'
import type { NativeWays } from '../native-ways'

/** The addon, where it keeps the secrets of this process. */
export function requireShareable(secret: Lifetime, what: string): NativeWays {
  if (native !== null && secret.store === native) return native
  throw new SecretMemoryError(
    'ERR_MEMFD_SECRET_UNAVAILABLE',
    `Expected memory that can be shared for ${what} but received the backing heap`,
    { hint: 'An ArrayBuffer of the JavaScript heap cannot be shared; run on Linux with the addon' },
  )
}

const OF_A_DESCRIPTOR = 'Nothing was mapped, and the descriptor is left open; pass the whole handle of toProcess()'

export function badHandle(expected: string, received: string, hint = OF_A_DESCRIPTOR): SecretMemoryError {
  return new SecretMemoryError('ERR_MEMFD_SECRET_BAD_HANDLE', `Expected ${expected} but received ${received}`, { hint })
}
