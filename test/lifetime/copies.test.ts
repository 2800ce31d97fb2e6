import t from 'tap'
import { AssertionError, deepStrictEqual, notDeepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import { serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { SecretBuffer } from '../../lib/index'

const TEXT = 'not to be carried anywhere'

/** Whether the text shows in any form that inspect, JSON or the bytes themselves give it. */
function shows(value: unknown): boolean {
  const forms = [inspect(value, { showHidden: true, depth: 9 }), JSON.stringify(value) ?? '', String(value)]
  if (Buffer.isBuffer(value)) forms.push(value.toString('latin1'))
  const wanted = [TEXT, Buffer.from(TEXT).toString('hex'), '6e 6f 74 20', '110,111,116', '110, 111']
  return forms.some((form) => wanted.some((text) => form.includes(text)))
}

/** What a call gives, or throws. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

void t.test('no way of cloning a SecretBuffer carries a byte', async (t) => {
  using secret = SecretBuffer.from(TEXT)
  void secret.bytes
  const { port1, port2 } = new MessageChannel()
  t.ok(shows(Buffer.from(TEXT)), 'the check would see them')
  const ways: Record<string, () => unknown> = {
    structuredClone: () => structuredClone({ secret }),
    postMessage: () => {
      port1.postMessage({ secret })
      return receiveMessageOnPort(port2)
    },
    'v8.serialize': () => serialize({ secret }),
    'a spread': () => ({ ...secret }),
    'Object.assign': () => Object.assign({}, secret),
    'Reflect.ownKeys': () => Reflect.ownKeys(secret).map((key) => Reflect.get(secret, key)),
  }
  for (const [name, way] of Object.entries(ways)) t.notOk(shows(outcomeOf(way)), name)
  port1.close()
})

void t.test('two secrets are never deep-equal, and the difference shows no byte', async (t) => {
  using first = SecretBuffer.from(TEXT)
  using second = SecretBuffer.from(TEXT)
  t.ok(first.equals(second))
  t.notOk(isDeepStrictEqual(first, second))
  t.notOk(isDeepStrictEqual({ key: first }, { key: second }))
  const error = outcomeOf(() => deepStrictEqual(first, second))
  t.ok(error instanceof AssertionError)
  t.notOk(shows(error))
  t.notOk(shows((error as AssertionError).message))
  notDeepStrictEqual(first, second)
  deepStrictEqual(first, first)
})

void t.test('a heap snapshot holds no byte of a live secret', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-snapshot-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'snapshot.heapsnapshot')
  const text = randomBytes(24).toString('hex')
  const fixture = join(__dirname, '..', 'fixtures', 'write-heap-snapshot.js')
  execFileSync(process.execPath, [fixture, file], { input: text, timeout: 240_000 })
  const snapshot = readFileSync(file, 'latin1')
  t.ok(snapshot.includes('seen in the snapshot'), 'a string of the heap is there')
  t.notOk(snapshot.includes(text))
  t.notOk(snapshot.includes(text.slice(0, 16)))
})
