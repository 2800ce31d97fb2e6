import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { parseArgs } from 'node:util'
import { UsageError } from '../cli/usage-error'
import { lifetimeOf, SecretBuffer } from '../secret-buffer'
import { prompt } from '../sources/prompt'
import { memoryOf } from './mappings'
import { listOf } from './report'
import { type Copy, ENCODINGS, MOST_COPIES, scan, type Scanned } from './scan'

export const AUDIT_HELP = `Usage: memfd-secret audit --pid N --secret-from FILE|stdin [--decode ENCODING] [--json]

Looks for copies of a secret in the memory of another process, in every encoding: raw, reversed, hex and base64. The
secret is read straight into secret memory, and never printed. Needs the right to trace the process: root, or
CAP_SYS_PTRACE, or the same user where kernel.yama.ptrace_scope is 0.

Options:
  --pid N             the process
  --secret-from FILE  where the secret is; stdin: standard input. A newline at its end is left out
  --decode ENCODING   what the secret is written in: hex, base64, base64url (default: as it is)
  --json              the report as JSON, with a schemaVersion
  --help              print this

Exit status: 0 no copy found, 1 copies found, 2 wrong arguments, 3 not permitted, 4 the search failed.
`

const FOUND = 1
const USAGE = 2
const NOT_PERMITTED = 3
const FAILED = 4

interface Options {
  process: number
  from: string
  decode: 'hex' | 'base64' | 'base64url' | undefined
  json: boolean
}

const DECODINGS = ['hex', 'base64', 'base64url'] as const

function checkProcess(text: string | undefined): number {
  if (text === undefined) throw new UsageError('Expected the id of a process for --pid but received none')
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > 0x7fff_ffff) {
    throw new UsageError(`Expected the id of a process for --pid but received '${text}'`)
  }
  return Number(text)
}

/** Null: the help was asked for. */
function parse(argv: readonly string[]): Options | null {
  const options = {
    pid: { type: 'string' },
    'secret-from': { type: 'string' },
    decode: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const read = () => parseArgs({ args: [...argv], options, allowPositionals: true })
  let parsed: ReturnType<typeof read>
  try {
    parsed = read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  if (values.help === true) return null
  // Not shown: it may be the secret, in the wrong place.
  if (positionals.length > 0) throw new UsageError('Expected options only but received another argument')
  const process = checkProcess(values.pid)
  const from = values['secret-from']
  if (from === undefined || from === '')
    throw new UsageError('Expected a file or stdin for --secret-from but received none')
  const decode = DECODINGS.find((encoding) => encoding === values.decode)
  if (values.decode !== undefined && decode === undefined) {
    throw new UsageError(`Expected one of ${DECODINGS.join(', ')} for --decode but received another word`)
  }
  return { process, from, decode, json: values.json === true }
}

/** On a terminal alone, and where it takes long enough to wonder. */
function showProgress(part: number): void {
  process.stderr.write(`\r${Math.floor(part * 100)} % of the memory read `)
}

const clearProgress = (): void => void process.stderr.write('\r\u001b[K')

const expectedProcess = (pid: number): string => `Expected the id of a running process for --pid but received ${pid}`

async function search(secret: SecretBuffer, pid: number): Promise<Scanned> {
  const onProgress = process.stderr.isTTY ? showProgress : undefined
  try {
    const scanned = await scan(lifetimeOf(secret, 'secret'), () => memoryOf(pid), { encodings: ENCODINGS, onProgress })
    // A process that ended shows no mappings any more, as a kernel thread never does.
    if (scanned.bytes === 0) throw new UsageError(expectedProcess(pid))
    return scanned
  } finally {
    if (onProgress !== undefined) clearProgress()
  }
}

function printText(pid: number, { copies, bytes }: Scanned): void {
  const read = `${(bytes / 1e6).toFixed(1)} MB read`
  if (copies.length === 0) {
    process.stdout.write(`No copy of the secret that can be read in process ${pid}: ${read}\n`)
    return
  }
  const more = copies.length === MOST_COPIES ? ' or more' : ''
  const noun = copies.length === 1 ? 'copy' : 'copies'
  process.stdout.write(
    `Found ${copies.length}${more} ${noun} of the secret in process ${pid}: ${read}\n${listOf(copies)}\n`,
  )
}

interface Report {
  schemaVersion: 1
  pid: number
  bytesRead: number
  encodings: readonly string[]
  copies: readonly Copy[]
}

function printJson(pid: number, { copies, bytes }: Scanned): void {
  const report: Report = { schemaVersion: 1, pid, bytesRead: bytes, encodings: ENCODINGS, copies }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}

/** Of a limit or a missing backing the arguments know nothing; all else is the file's, or what is in it. */
function isOurs(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === 'ERR_MEMFD_SECRET_LIMIT' || code === 'ERR_MEMFD_SECRET_UNAVAILABLE'
}

async function readSecret({ from, decode }: Options): Promise<SecretBuffer> {
  const reading = { trimNewline: true, ...(decode === undefined ? {} : { decode }) }
  try {
    // A person who types is not to see it on the screen.
    if (from === 'stdin' && isatty(0)) return await prompt('Secret: ', { ...reading, stdin: true })
    return await SecretBuffer.fromFile(from === 'stdin' ? 0 : from, reading)
  } catch (error) {
    if (isOurs(error) || !(error instanceof Error)) throw error
    throw new UsageError(`Expected a secret from ${from} but received: ${error.message}`)
  }
}

/** The status and the message for an error of the search. */
function explain(error: Error, pid: number): [number, string] {
  const { errno } = error as NodeJS.ErrnoException
  if (errno === -constants.errno.EPERM || errno === -constants.errno.EACCES) {
    const needed = 'root, CAP_SYS_PTRACE, or the same user where kernel.yama.ptrace_scope is 0'
    return [NOT_PERMITTED, `Expected the right to read process ${pid} but received a refusal. It takes ${needed}`]
  }
  if (errno === -constants.errno.ENOENT || errno === -constants.errno.ESRCH) return [USAGE, expectedProcess(pid)]
  if (error instanceof RangeError) return [USAGE, error.message]
  return [FAILED, error.message]
}

/** `memfd-secret audit`: answers the exit status. */
export async function runAudit(argv: readonly string[]): Promise<number> {
  const options = parse(argv)
  if (options === null) {
    process.stdout.write(AUDIT_HELP)
    return 0
  }
  const { process: pid, json } = options
  let secret: SecretBuffer | undefined
  try {
    secret = await readSecret(options)
    const scanned = await search(secret, pid)
    if (json) printJson(pid, scanned)
    else printText(pid, scanned)
    return scanned.copies.length === 0 ? 0 : FOUND
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    const [status, message] = explain(error, pid)
    process.stderr.write(`memfd-secret: ${message}\n`)
    return status
  } finally {
    secret?.dispose()
  }
}
