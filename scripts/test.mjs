// npm test: prepares (install, build), then runs the native test program and every test/**/*.test.ts as a plain program.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root, targetSources } from './native-sources.mjs'
import { prepare } from './prepare.mjs'
import { StepError, main, pool } from './run-command.mjs'
import { testProgram } from './test-program.mjs'
import { printProgram, printTotals } from './test-report.mjs'

const atATime = 2

const usage = `Usage: npm test [-- [options] [name ...]]

Installs and builds what is missing, then runs the tests: those whose path contains one of the names, or all.
"test/native" is the C++ test program. Two run at a time; those in test/alone/ and *.serial.test.ts run after the others,
one by one.

Options:
  --list      print the names and stop
  --no-build  run what is built already
  --help      print this`

const isLong = ({ name }) => /^test\/(?:stress|fuzz|benchmark)\//.test(name)

/** Told by the sources, not by what lies in out/: a test that is gone does not run, one that failed to compile is noticed. */
function listPrograms() {
  const programs = []
  if (process.platform === 'linux' && targetSources('native_test').length > 0) {
    programs.push({ name: 'test/native', command: path.join(root, 'build/Release/native_test'), args: [] })
  }
  const folder = path.join(root, 'test')
  const sources = existsSync(folder) ? readdirSync(folder, { recursive: true }) : []
  for (const source of sources.filter((file) => file.endsWith('.test.ts')).toSorted()) {
    const name = path.posix.join('test', source.replaceAll(path.sep, '/'))
    const compiled = path.join(root, 'out', name.replace(/\.ts$/, '.js'))
    const alone = name.startsWith('test/alone/') || name.endsWith('.serial.test.ts')
    programs.push({ name, command: process.execPath, args: [compiled], alone })
  }
  return programs
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        list: { type: 'boolean' },
        'no-build': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new StepError(`${error.message}\n\n${usage}`)
  }
}

async function runOne(program) {
  const result = await testProgram(program)
  printProgram(result)
  return result
}

await main(async () => {
  const { values, positionals } = readArguments()
  if (values.help) {
    console.log(usage)
    return 0
  }
  const wanted = ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part))
  const programs = listPrograms().filter(wanted)
  if (programs.length === 0) throw new StepError(`Expected the name of a test but received ${positionals.join(' ')}`)
  if (values.list) {
    for (const { name } of programs) console.log(name)
    return 0
  }
  if (!values['no-build']) await prepare()

  // The longest first: begun last, one would run on alone while the other core waits.
  const together = programs
    .filter(({ alone }) => !alone)
    .toSorted((one, other) => Number(isLong(other)) - Number(isLong(one)))
  const serial = programs.filter(({ alone }) => alone)
  return printTotals([...(await pool(together, atATime, runOne)), ...(await pool(serial, 1, runOne))])
})
