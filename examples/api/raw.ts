import assert from 'node:assert/strict'
import { probe } from 'memfd-secret'

function main(): void {
  if (!probe().memfdSecret.available) return console.log('# memfd_secret(2) is not to be had here')
  const created = memfdSecret(O_CLOEXEC)
  closeSync(created)

  //#region map
  const descriptor = memfdSecret()
  const memory = map(descriptor, 4096)
  closeSync(descriptor) // the mapping lives on, and nobody can take the descriptor
  new Uint8Array(memory).set([1, 2, 3])
  //#endregion map

  //#region unmap
  new Uint8Array(memory).fill(0)
  unmap(memory)
  assert.equal(memory.byteLength, 0)
  //#endregion unmap
}

//#region memfdSecret
import { closeSync } from 'node:fs'
import { map, memfdSecret, O_CLOEXEC, unmap } from 'memfd-secret/raw'

function canCreate(): boolean {
  try {
    closeSync(memfdSecret(O_CLOEXEC))
    return true
  } catch {
    return false // ENOSYS: the kernel has no secret memory, or not enabled
  }
}
//#endregion memfdSecret

console.log(canCreate())
main()
