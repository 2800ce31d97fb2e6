import { closeSync } from 'node:fs'
import type * as Raw from 'memfd-secret/raw'
import { NotToBeHad } from './measuring/task'

/** The part of sodium-native that is measured; the package has no declarations of its own. */
export interface Sodium {
  sodium_malloc(byteLength: number): Buffer
  sodium_free(secure: Buffer): void
  sodium_mprotect_noaccess(secure: Buffer): void
  sodium_mprotect_readwrite(secure: Buffer): void
  randombytes_buf(target: Buffer): void
}

export function loadSodium(): Sodium {
  try {
    return require('sodium-native') as Sodium
  } catch (error) {
    throw new NotToBeHad(`sodium-native does not load here: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** memfd-secret/raw, where the system call serves. */
export async function loadRaw(): Promise<typeof Raw> {
  const raw = await import('memfd-secret/raw')
  try {
    closeSync(raw.memfdSecret())
    return raw
  } catch (error) {
    throw new NotToBeHad(error instanceof Error ? error.message : String(error))
  }
}
