// npm run release:check: runs all that must hold before a version is published. All steps run, also after one failed.
import { parseArgs } from 'node:util'
import { StepError, capture, main } from './run-command.mjs'
import { steps } from './release/steps.mjs'

const usage = `Usage: npm run release:check [-- [options] [name ...]]

Runs the steps that must hold before npm publish, those whose name contains one of the words or all, one by one, and says
the seconds that each took. What a step printed is shown where it failed.

Options:
  --list  print the steps and what each runs, and stop
  --help  print this

Exit code: 0 all held, 1 one or more did not.`

const commandOf = ({ script, args }) => {
  if (script === undefined) return 'looked at here'
  return ['npm run', script, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')
}

function readArguments() {
  const options = { list: { type: 'boolean' }, help: { type: 'boolean' } }
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    const wanted = ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word))
    const chosen = steps.filter(wanted)
    if (chosen.length === 0) throw new Error(`Expected the name of a step but received ${positionals.join(' ')}`)
    return { ...values, chosen }
  } catch (error) {
    throw new StepError(`${error.message}\n\n${usage}`)
  }
}

/** What went wrong; empty if nothing did. */
async function outcomeOf({ action, script, args }) {
  try {
    if (action) {
      await action()
      return ''
    }
    const { code, output } = await capture('npm', ['run', '--silent', script, '--', ...args], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    return code === 0 ? '' : `${output.trimEnd()}\nexit ${code}`
  } catch (error) {
    return error.message
  }
}

await main(async () => {
  const { list, help, chosen } = readArguments()
  if (help) return void console.log(usage)
  if (list) {
    for (const step of chosen) console.log(`${step.name}: ${commandOf(step)}`)
    return 0
  }
  const failed = []
  for (const step of chosen) {
    const started = performance.now()
    const problem = await outcomeOf(step)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${problem === '' ? 'ok   ' : 'FAIL '} ${step.name}  ${seconds} s`)
    if (problem === '') continue
    console.log(problem.replaceAll(/^/gm, '      '))
    failed.push(step.name)
  }
  if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`)
  console.log(`\n${chosen.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 ? 0 : 1
})
