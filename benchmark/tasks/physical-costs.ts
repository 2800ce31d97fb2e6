import { bufferAt, loadCosts } from '../costs/costs'
import { NotToBeHad, ROUNDS_PER_YIELD, roundsFor, sink, type MakeTask, type TaskSet } from '../measuring/task'

type Step = 'getrandom' | 'getrandomLong' | 'protect' | 'protectionKey' | 'secretPage' | 'secretPages'

/** Steps that C++ repeats by itself; only their count crosses. A batch of the task is one call. */
function inNative(name: Step, missing: string, batch = ROUNDS_PER_YIELD): MakeTask {
  return () => {
    const costs = loadCosts()
    if (!costs[name](1)) throw new NotToBeHad(missing)
    let due = 0
    return {
      rounds: batch,
      round: () => {
        if (++due < batch) return
        due = 0
        if (!costs[name](batch)) throw new Error(`Expected ${name} to go on as it began`)
      },
    }
  }
}

const cross: MakeTask = () => {
  const costs = loadCosts()
  return { rounds: ROUNDS_PER_YIELD, round: () => costs.cross() }
}

function externalArrayBuffer(both: 0 | 1): MakeTask {
  return () => {
    const costs = loadCosts()
    if (!costs.externalArrayBuffer(both)) throw new NotToBeHad('this runtime refuses external ArrayBuffers')
    return { rounds: ROUNDS_PER_YIELD, round: () => void costs.externalArrayBuffer(both) }
  }
}

const registryEntry: MakeTask = () => {
  const registry = new FinalizationRegistry<undefined>(() => {})
  return {
    rounds: ROUNDS_PER_YIELD,
    round: () => {
      const object = {}
      registry.register(object, undefined, object)
      registry.unregister(object)
    },
  }
}

const viewOfArrayBuffer: MakeTask = () => {
  const memory = new ArrayBuffer(32)
  const views: Uint8Array[] = []
  return {
    rounds: ROUNDS_PER_YIELD,
    round: () => {
      views[0] = new Uint8Array(memory)
    },
  }
}

const COPIED = 16 * 1024
const LONG = 64 * 1024

function copyTo(place: number): MakeTask {
  return () => {
    const source = bufferAt(0, COPIED)
    const target = bufferAt(place, COPIED)
    return {
      rounds: ROUNDS_PER_YIELD / 8,
      round: () => {
        sink.value ^= source.copy(target)
      },
    }
  }
}

export const physicalCosts: TaskSet = {
  'an empty call into C++': cross,
  'an external ArrayBuffer, made and detached': externalArrayBuffer(0),
  'the same with a finalizer of its object': externalArrayBuffer(1),
  'a FinalizationRegistry entry, made and taken out': registryEntry,
  'a view of an ArrayBuffer that exists': viewOfArrayBuffer,
  'getrandom(2) of 32 bytes': inNative('getrandom', 'getrandom fails'),
  'getrandom(2) of 64 KiB': inNative('getrandomLong', 'getrandom fails', roundsFor(LONG)),
  'a page opened, touched and closed by mprotect(2)': inNative('protect', 'mprotect fails'),
  'a page opened, touched and closed by a protection key': inNative('protectionKey', 'no protection keys here'),
  'a page of memfd_secret(2), made, touched and given back': inNative('secretPage', 'no memfd_secret here'),
  '64 KiB of memfd_secret(2), made, touched and given back': inNative(
    'secretPages',
    'no memfd_secret here',
    roundsFor(LONG),
  ),
  'a copy of 16 KiB between Buffers, both at the start of a page': copyTo(0),
  'the same with the target 16 bytes into a page': copyTo(16),
}
