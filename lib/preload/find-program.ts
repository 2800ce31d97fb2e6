import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

/** A command that cannot be started: 127 where there is none, 126 where it may not be run, as a shell has it. */
export class CommandError extends Error {
  constructor(
    readonly exitStatus: 126 | 127,
    message: string,
  ) {
    super(message)
  }
}

const MOST_INTERPRETERS = 4

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** The file that execvp(3) would run. */
export function findExecutable(command: string, path: string = process.env['PATH'] ?? '/usr/bin:/bin'): string {
  const candidates = command.includes('/')
    ? [command]
    : path.split(delimiter).map((folder) => join(folder === '' ? '.' : folder, command))
  const found = candidates.find(isExecutable)
  if (found !== undefined) return found
  const there = candidates.find((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)
  throw there === undefined
    ? new CommandError(127, `Expected a command but found no '${command}'`)
    : new CommandError(126, `Expected a file that may be run but received '${there}'`)
}

/** The words after "#!"; null where the file does not begin so. */
function shebangOf(file: string): string[] | null {
  const descriptor = openSync(file, 'r')
  try {
    const start = Buffer.alloc(256)
    const length = readSync(descriptor, start, 0, start.length, 0)
    const text = start.toString('latin1', 0, length)
    return text.startsWith('#!') ? (text.slice(2).split('\n', 1)[0] ?? '').trim().split(/\s+/) : null
  } catch {
    // May be run but not be read: what it is stays unknown.
    return null
  } finally {
    closeSync(descriptor)
  }
}

/** The program that a file ends up in: through "#!", and through env(1), which looks in PATH. */
export function findProgram(file: string): string {
  let program = file
  for (let step = 0; step < MOST_INTERPRETERS; step++) {
    const words = shebangOf(program)
    if (words === null) return program
    const [interpreter = '', ...rest] = words
    const named = rest.find((word) => !word.startsWith('-') && !word.includes('='))
    program = basename(interpreter) === 'env' && named !== undefined ? findExecutable(named) : interpreter
  }
  return program
}
