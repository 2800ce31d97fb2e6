/** What the model says and what the package did differ. */
export class Difference extends Error {}

export function expectSame(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) {
    throw new Difference(`Expected ${String(expected)} for ${what} but received ${String(actual)}`)
  }
}

export function expectBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return
  const at = expected.findIndex((byte, i) => byte !== actual[i])
  throw new Difference(
    `Expected ${expected.length} bytes for ${what} but received ${actual.length} that differ at ${at}`,
  )
}

let alsoExpected: (error: unknown) => boolean = () => false

/** Under a limit, what needs memory to be refused may meet that instead. */
export function expectAlso(expected: (error: unknown) => boolean): void {
  alsoExpected = expected
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | null)?.code

export function expectCode(error: unknown, code: string, what: string): void {
  if (codeOf(error) !== code && !alsoExpected(error)) {
    const received = error instanceof Error ? `${String(codeOf(error))} (${error.stack})` : String(error)
    throw new Difference(`Expected ${code} for ${what} but received ${received}`)
  }
}

export function expectThrows(act: () => unknown, code: string, what: string): void {
  let thrown: unknown
  try {
    act()
  } catch (error) {
    thrown = error
  }
  if (thrown === undefined) throw new Difference(`Expected ${code} for ${what} but received no error`)
  expectCode(thrown, code, what)
}

export async function expectRejects(promise: Promise<unknown>, code: string, what: string): Promise<void> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown === undefined) throw new Difference(`Expected ${code} for ${what} but received no error`)
  expectCode(thrown, code, what)
}
