import { asBytes, type Bytes } from './arguments'
import { invalidType } from './errors'
import type { Lifetime } from './lifetime'

/** The memory of each source of take(): one, or a list. */
export function checkSources(source: Bytes | readonly Bytes[]): Uint8Array[] {
  const list: readonly unknown[] = Array.isArray(source) ? source : [source]
  // Array.from visits the holes of a list too.
  return Array.from(list, (item, i) => {
    const name = Array.isArray(source) ? `source[${i}]` : 'source'
    const bytes = asBytes(item, name)
    if (bytes !== null) return bytes
    const expected = 'a Buffer, typed array, DataView or ArrayBuffer'
    throw invalidType(Array.isArray(source) ? expected : `${expected}, or a list of them`, name, item)
  })
}

export function checkList(list: unknown, lifetimeOf: (value: unknown, name: string) => Lifetime): Lifetime[] {
  if (!Array.isArray(list)) throw invalidType('an array of SecretBuffers', 'list', list)
  return Array.from(list, (item: unknown, i) => {
    const lifetime = lifetimeOf(item, `list[${i}]`)
    lifetime.assertOpen()
    return lifetime
  })
}
