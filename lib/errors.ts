/**
 * What went wrong, for a program. What each is thrown for: the docstrings of the methods that throw it.
 *
 * - `ERR_MEMFD_SECRET_UNAVAILABLE`: nothing as strong as what was asked for is to be had here.
 * - `ERR_MEMFD_SECRET_LIMIT`: no room: locked memory, open files or mappings. Works again once secrets were disposed.
 * - `ERR_MEMFD_SECRET_DISPOSED`: used after its end.
 * - `ERR_MEMFD_SECRET_SEALED`: closed at rest, and asked for what needs it open for good.
 * - `ERR_MEMFD_SECRET_VIEW_ESCAPED`: a use() would have answered its view.
 * - `ERR_MEMFD_SECRET_CORRUPTED`: native code wrote past the end of a view.
 * - `ERR_MEMFD_SECRET_TOO_LARGE`: more than maxBytes.
 * - `ERR_MEMFD_SECRET_BAD_ENCODING`: no hex or base64, strictly read.
 * - `ERR_MEMFD_SECRET_HEAP_COPY`: OpenSSL would copy a key to ordinary memory.
 * - `ERR_MEMFD_SECRET_BAD_HANDLE`: no secret, or not the one told, behind a handle or descriptor.
 * - `ERR_MEMFD_SECRET_POLICY`: configure() would have loosened the policy.
 * - `ERR_MEMFD_SECRET_PEER`: the other end of a handover is not who it should be, refuses, or went away.
 */
export type SecretErrorCode =
  | 'ERR_MEMFD_SECRET_UNAVAILABLE'
  | 'ERR_MEMFD_SECRET_LIMIT'
  | 'ERR_MEMFD_SECRET_DISPOSED'
  | 'ERR_MEMFD_SECRET_SEALED'
  | 'ERR_MEMFD_SECRET_VIEW_ESCAPED'
  | 'ERR_MEMFD_SECRET_CORRUPTED'
  | 'ERR_MEMFD_SECRET_TOO_LARGE'
  | 'ERR_MEMFD_SECRET_BAD_ENCODING'
  | 'ERR_MEMFD_SECRET_HEAP_COPY'
  | 'ERR_MEMFD_SECRET_BAD_HANDLE'
  | 'ERR_MEMFD_SECRET_POLICY'
  | 'ERR_MEMFD_SECRET_PEER'

/** What a {@link SecretMemoryError} knows besides its message. */
export interface ErrorDetails {
  /** A positive errno of Linux, as errno(3) numbers it, made negative as Node's own system errors have it. */
  errno?: number | undefined
  /** The system call that answered it. */
  syscall?: string | undefined
  /** What to do about it, for an operator. */
  hint?: string | undefined
  cause?: unknown
}

/**
 * Every error of this package that is not an argument's (TypeError, RangeError) or fs's own. The message ends with the
 * hint; no message, stack or property holds a byte of a secret.
 */
export class SecretMemoryError extends Error {
  /** What went wrong, for a program. */
  readonly code: SecretErrorCode
  /** The error number of the system call, negative as in Node's own system errors; missing where none failed. */
  declare readonly errno?: number
  /** The system call that failed. */
  declare readonly syscall?: string
  /** What to do about it, for an operator. The message ends with it. */
  declare readonly hint?: string

  /** @internal */
  constructor(code: SecretErrorCode, message: string, details: ErrorDetails = {}) {
    const { errno, syscall, hint, cause } = details
    super(hint === undefined ? message : `${message}. ${hint}`, cause === undefined ? undefined : { cause })
    this.code = code
    if (errno !== undefined) this.errno = errno
    if (syscall !== undefined) this.syscall = syscall
    if (hint !== undefined) this.hint = hint
  }

  /** Always 'SecretMemoryError'. */
  override get name(): string {
    return 'SecretMemoryError'
  }
}

function withCode<E extends Error>(error: E, code: string): E & { code: string } {
  // As Node's own errors have it: an own property that is enumerable, and a stack that names the code.
  const stack = error.stack?.replace(`${error.name}:`, `${error.name} [${code}]:`)
  return Object.assign(error, stack === undefined ? { code } : { code, stack })
}

/** A word for a value that was not expected. Never its contents: it may be the secret, passed in the wrong place. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') {
    const name = classNameOf(value)
    return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object'
  }
  return typeof value === 'boolean' || typeof value === 'number'
    ? `type ${typeof value} (${value})`
    : `type ${typeof value}`
}

function classNameOf(value: object): unknown {
  try {
    return Object.getPrototypeOf(value)?.constructor?.name
  } catch {
    // A proxy that refuses.
    return undefined
  }
}

/** TypeError ERR_INVALID_ARG_TYPE. */
export function invalidType(what: string, name: string, received: unknown): TypeError {
  return withCode(
    new TypeError(`Expected ${what} for ${name} but received ${describe(received)}`),
    'ERR_INVALID_ARG_TYPE',
  )
}

/** TypeError ERR_INVALID_ARG_VALUE; received: words that hold nothing secret. */
export function invalidValue(what: string, name: string, received: string): TypeError {
  return withCode(new TypeError(`Expected ${what} for ${name} but received ${received}`), 'ERR_INVALID_ARG_VALUE')
}

/** RangeError ERR_OUT_OF_RANGE. */
export function outOfRange(what: string, name: string, received: number | string): RangeError {
  return withCode(new RangeError(`Expected ${what} for ${name} but received ${received}`), 'ERR_OUT_OF_RANGE')
}

/** TypeError ERR_UNKNOWN_ENCODING. The name of an encoding may be a secret in the wrong place: it is not shown. */
export function unknownEncoding(what: string, received: unknown): TypeError {
  const shown = typeof received === 'string' ? 'another string' : describe(received)
  return withCode(new TypeError(`Expected ${what} for encoding but received ${shown}`), 'ERR_UNKNOWN_ENCODING')
}

export function disposed(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_DISPOSED',
    'Expected a live secret for this operation but received one that is disposed',
    { hint: 'Use it before dispose() or destroy(), or make a new one' },
  )
}

export function corrupted(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_CORRUPTED',
    'Expected the canary next to the secret to be whole but received one overwritten; the secret was wiped',
    { hint: 'Native code wrote outside of a view of this secret: look for the addon that was given one' },
  )
}

export function sealedAtRest(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_SEALED',
    'Expected a secret that is open at rest for `bytes` but received a sealed one',
    { hint: 'Look at it inside use(), which gives a view of a copy and wipes that at its end' },
  )
}

export function viewEscaped(): SecretMemoryError {
  return new SecretMemoryError(
    'ERR_MEMFD_SECRET_VIEW_ESCAPED',
    'Expected a result without the memory of the secret for use() but received its view',
    {
      hint: 'The view is detached when use() ends, and a detached view passes for an empty key: return what you made of it',
    },
  )
}
