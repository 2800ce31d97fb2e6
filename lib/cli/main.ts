#!/usr/bin/env node
import { UsageError } from './usage-error'
import { packageVersion } from './version'

interface Command {
  summary: string
  /** Answers the exit status. Loaded when called: no command pays for another. */
  call(argv: readonly string[]): Promise<number>
}

const COMMANDS: Record<string, Command> = {
  doctor: {
    summary: 'what protects secrets on this machine, why, and what to do',
    call: async (argv) => (await import('../doctor/doctor.js')).doctor(argv),
  },
  audit: {
    summary: 'look for copies of a secret in the memory of another process',
    call: async (argv) => (await import('../audit/command.js')).runAudit(argv),
  },
  run: {
    summary: "start a program with its OpenSSL's keys in secret memory",
    call: async (argv) => (await import('../preload/run.js')).run(argv),
  },
  'preload-path': {
    summary: 'print the library for LD_PRELOAD',
    call: async (argv) => (await import('../preload/preload-path.js')).preloadPath(argv),
  },
}

function help(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  return `Usage: memfd-secret COMMAND [options]

Commands:
${rows.join('\n')}
  help         print this; memfd-secret help COMMAND: that command's

Options:
  --version  print the version of the package
  --help     print this
`
}

async function call(name: string, argv: readonly string[]): Promise<number> {
  // An own property: "constructor" is no command.
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    throw new UsageError(`Expected one of ${[...Object.keys(COMMANDS), 'help'].join(', ')} but received '${name}'`)
  }
  return command.call(argv)
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  switch (name) {
    case undefined:
      process.stderr.write(help())
      return 2
    case '--version':
    case '-v':
      process.stdout.write(`${packageVersion()}\n`)
      return 0
    case 'help':
    case '--help':
    case '-h':
      if (argv[0] !== undefined) return call(argv[0], ['--help'])
      process.stdout.write(help())
      return 0
    default:
      return call(name, argv)
  }
}

async function start(): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`memfd-secret: ${error.message}\nRun memfd-secret help for what there is\n`)
    process.exitCode = 2
  }
}

// A reader that leaves early (head, grep -q) is no failure of ours; the exit status stays what it is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

void start()
