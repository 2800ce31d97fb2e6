import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import { failureOf } from '../failures'
import { native, nativeError } from '../native'
import { CommandError, findExecutable, findProgram } from './find-program'
import { judgeProgram } from './judge-program'
import { inheritedDescriptors } from './inherited-descriptors'
import { preloadLibrary } from './library-path'
import { connectionsNotice } from './sizing'
import { parseRunOptions, type RunOptions, USAGE } from './run-options'

/** As env(1) and timeout(1) exit for failures of their own; the library too where it refuses to start. */
export const REFUSED = 125

/** Node.js programs that start the server as a child: with --no-children only they themselves would be protected. */
const STARTERS = new Set(['npm', 'npx', 'pnpm', 'pnpx', 'yarn', 'yarnpkg', 'corepack'])

class Refusal extends Error {}

/** By write(2): process.stderr would make the command's standard error non-blocking. */
function say(text: string): void {
  try {
    writeSync(2, `memfd-secret: ${text}\n`)
  } catch {
    // Nobody reads it.
  }
}

/** The environment for the command: this one's, and what the library reads. */
export function environmentFor(options: RunOptions, library: string, base: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(base).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const others = (base['LD_PRELOAD'] ?? '').split(/[:\s]+/).filter((file) => file !== '' && file !== library)
  return {
    ...Object.fromEntries(kept),
    LD_PRELOAD: [library, ...others].join(':'),
    ...(options.scope === undefined ? {} : { MEMFD_SECRET_PRELOAD_SCOPE: options.scope }),
    ...(options.max === undefined ? {} : { MEMFD_SECRET_PRELOAD_MAX: options.max }),
    ...(options.minBacking === undefined ? {} : { MEMFD_SECRET_MIN_BACKING: options.minBacking }),
    ...(options.report ? { MEMFD_SECRET_PRELOAD_REPORT: '1' } : {}),
    ...(options.children ? {} : { MEMFD_SECRET_PRELOAD_CHILDREN: '0' }),
  }
}

function check(options: RunOptions, executable: string): void {
  if (!options.children && STARTERS.has(basename(options.command))) {
    throw new Refusal(
      `Expected the server itself with --no-children but received ${options.command}, which starts it as a child`,
    )
  }
  const program = findProgram(executable)
  const verdict = judgeProgram(program)
  if (verdict.kind === 'refused') {
    throw new Refusal(
      `Expected a program whose OpenSSL can be protected but received ${program}, which ${verdict.because}`,
    )
  }
  if (verdict.kind === 'unknown' && options.minBacking !== undefined) {
    throw new Refusal(
      `Expected a program that has OpenSSL for --min-backing but received ${program}, of which it is not known: name the server's own program`,
    )
  }
}

const block = (strings: readonly string[]): Uint8Array => Buffer.from(strings.map((text) => `${text}\0`).join(''))

function replaceBy(executable: string, options: RunOptions): never {
  if (native === null) throw new Refusal(`Expected the addon but received none: ${String(nativeError)}`)
  const library = preloadLibrary()
  if (options.report) say(connectionsNotice())
  const environment = Object.entries(environmentFor(options, library, process.env)).map(
    ([name, value]) => `${name}=${value}`,
  )
  const answer = native.replaceProcess(
    block([executable]),
    block([options.command, ...options.args]),
    block(environment),
    Uint8Array.from(inheritedDescriptors()),
  )
  const { name } = failureOf(answer)
  throw new CommandError(126, `Expected a program that can be run but received ${executable}: execve: ${name}`)
}

/**
 * `memfd-secret run`: replaces this process by the command, with the preload library in its environment. Returns only where
 * it does not: 0 for the help, 125 where the command cannot be protected, 126 or 127 where it cannot be run.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const options = parseRunOptions(argv)
  if (options === null) {
    writeSync(1, USAGE)
    return 0
  }
  try {
    const executable = findExecutable(options.command)
    check(options, executable)
    return replaceBy(executable, options)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return error instanceof CommandError ? error.exitStatus : REFUSED
  }
}
