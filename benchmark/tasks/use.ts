// A look at a secret that lives on.
import { ROUNDS_PER_YIELD, NotToBeHad, sink, type MakeTask, type TaskSet } from '../measuring/task'
import { loadSodium } from '../peers'

const BYTES = 32

function lookAt(bytes: Uint8Array): void {
  sink.value ^= bytes[0] ?? 0
}

const unsealed: MakeTask = async () => {
  const { SecretBuffer } = await import('memfd-secret')
  const secret = SecretBuffer.random(BYTES)
  return { rounds: ROUNDS_PER_YIELD, round: () => secret.use(lookAt) }
}

const sealed: MakeTask = async () => {
  const { probe, SecretBuffer, SecretMemoryError } = await import('memfd-secret')
  const { sealing } = probe()
  try {
    const secret = SecretBuffer.random(BYTES, { sealed: true })
    if (!secret.sealed) throw new NotToBeHad('this version seals nothing')
    return { rounds: ROUNDS_PER_YIELD, round: () => secret.use(lookAt), about: { sealing } }
  } catch (error) {
    if (error instanceof SecretMemoryError && error.code === 'ERR_MEMFD_SECRET_UNAVAILABLE') {
      throw new NotToBeHad(`no sealed secrets here: ${error.message}`)
    }
    throw error
  }
}

/** The view that lives as long as the secret: nothing is made, and nothing ends the access. */
const longLivedView: MakeTask = async () => {
  const { SecretBuffer } = await import('memfd-secret')
  const secret = SecretBuffer.random(BYTES)
  return { rounds: ROUNDS_PER_YIELD, round: () => lookAt(secret.bytes) }
}

/** The pair that sodium-native closes a secret at rest with: opened, used, closed. */
const sodiumPair: MakeTask = () => {
  const { sodium_malloc: malloc, sodium_mprotect_noaccess: close, sodium_mprotect_readwrite: open } = loadSodium()
  const bytes = malloc(BYTES)
  close(bytes)
  return {
    rounds: ROUNDS_PER_YIELD,
    round: () => {
      open(bytes)
      lookAt(bytes)
      close(bytes)
    },
  }
}

export const use: TaskSet = { unsealed, sealed, 'long-lived-view': longLivedView, 'sodium-pair': sodiumPair }
