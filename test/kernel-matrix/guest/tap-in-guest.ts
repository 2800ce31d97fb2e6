// What the tests use of tap, in one small file: an emulated machine takes many seconds to load the whole of it. Put in the
// guest's node_modules under tap's name. Prints a line for each test that fails; exit status 1 if one did.
import { deepEqual, deepStrictEqual } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

interface Options {
  skip?: unknown
}
type Body = (t: Tap) => unknown

/** As tap's match: a pattern's properties, a RegExp for a string, a constructor for a type. */
function matches(value: unknown, pattern: unknown): boolean {
  if (pattern instanceof RegExp) return pattern.test(String(value))
  if (pattern === String) return typeof value === 'string'
  if (pattern === Number) return typeof value === 'number'
  if (typeof pattern === 'function') return value instanceof pattern
  if (typeof pattern === 'string' && typeof value === 'string') return value.includes(pattern)
  if (typeof pattern !== 'object' || pattern === null) return Object.is(value, pattern)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(pattern).every(([key, inner]) => matches(Reflect.get(value, key), inner))
}

function alike(one: unknown, other: unknown, compare: typeof deepEqual): boolean {
  try {
    compare(one, other)
    return true
  } catch {
    return false
  }
}

export class Tap {
  static failed = 0
  static passed = 0
  static skipped = 0
  static waiting: Promise<unknown> = Promise.resolve()
  /** What a test's body is given in place of its Tap. */
  static wrap = (tap: Tap): Tap => tap
  static first: Tap | null = null
  readonly #name: string
  readonly #teardowns: (() => unknown)[] = []

  constructor(name: string) {
    this.#name = name
    // The first is the whole file's.
    if (Tap.first !== null) return
    Tap.first = this
    process.once('exit', () => {
      for (const act of this.#teardowns.reverse()) act()
    })
  }

  #check(ok: boolean, what: string, details: unknown[]): boolean {
    if (ok) Tap.passed++
    else {
      Tap.failed++
      console.log(
        `not ok ${this.#name}: ${what} ${details.map((one) => inspect(one, { depth: 4, breakLength: Infinity })).join(' | ')}`,
      )
    }
    return ok
  }

  test(name: string, ...rest: [Body] | [Options, Body]): void {
    const [options, body] = rest.length === 1 ? [{} as Options, rest[0]] : rest
    if (options.skip) {
      Tap.skipped++
      return
    }
    // One after another, as tap runs them.
    Tap.waiting = Tap.waiting.then(async () => {
      const inner = new Tap(name)
      try {
        await body(Tap.wrap(inner))
      } catch (error) {
        inner.#check(false, 'threw', [error])
      }
      for (const act of inner.#teardowns.reverse()) await act()
    })
  }

  ok = (value: unknown, what = 'ok') => this.#check(Boolean(value), what, [value])
  notOk = (value: unknown, what = 'notOk') => this.#check(!value, what, [value])
  equal = (value: unknown, wanted: unknown, what = 'equal') =>
    this.#check(Object.is(value, wanted), what, [value, wanted])
  // tap's `same` is the loose one.
  same = (value: unknown, wanted: unknown, what = 'same') =>
    this.#check(alike(value, wanted, deepEqual), what, [value, wanted])
  strictSame = (value: unknown, wanted: unknown, what = 'strictSame') =>
    this.#check(alike(value, wanted, deepStrictEqual), what, [value, wanted])
  match = (value: unknown, wanted: unknown, what = 'match') =>
    this.#check(matches(value, wanted), what, [value, wanted])
  notMatch = (value: unknown, wanted: unknown, what = 'notMatch') =>
    this.#check(!matches(value, wanted), what, [value, wanted])
  type = (value: unknown, wanted: string, what = 'type') => this.#check(typeof value === wanted, what, [value, wanted])
  pass = (what = 'pass') => this.#check(true, what, [])
  fail = (what = 'fail') => this.#check(false, what, [])
  throws = (act: () => unknown, wanted: unknown, what = 'throws') => {
    try {
      act()
    } catch (error) {
      return this.#check(matches(error, wanted), what, [error, wanted])
    }
    return this.#check(false, what, ['nothing was thrown'])
  }
  rejects = async (promise: Promise<unknown>, wanted: unknown, what = 'rejects') =>
    promise.then(
      () => this.#check(false, what, ['nothing was thrown']),
      (error: unknown) => this.#check(matches(error, wanted), what, [error, wanted]),
    )
  teardown = (act: () => unknown) => void this.#teardowns.push(act)
  /** A new folder, gone with the test. */
  testdir = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'tap-'))
    this.teardown(() => rmSync(folder, { recursive: true }))
    return folder
  }
}

process.on('beforeExit', () => {
  process.exitCode = Tap.failed > 0 || Tap.passed + Tap.skipped === 0 ? 1 : 0
})
