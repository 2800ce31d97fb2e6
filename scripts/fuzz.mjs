// npm run fuzz: libFuzzer on the targets of fuzz/targets. What it can be told: scripts/fuzz/options.mjs.
import { writeFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { buildTargets, listTargets } from './fuzz/build.mjs'
import { UsageError, help, parseOptions } from './fuzz/options.mjs'
import { renderTable } from './fuzz/report.mjs'
import { runTarget } from './fuzz/run-target.mjs'
import { main, step } from './run-command.mjs'

const { NO_COLOR, FORCE_COLOR } = process.env
const colored = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== '0' : process.stdout.isTTY === true
const paint = (style, text) => (colored ? styleText(style, text, { validateStream: false }) : text)

/** libFuzzer's latest counts, on one line that is written over. To a file they would be one line each. */
function progressOf(target, seconds) {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${target}: ${seconds} s\n`)
    return () => {}
  }
  return (text) => {
    const latest = text.match(/#(\d+).*?\bcov: (\d+)/)
    if (latest) process.stderr.write(`\r${target}: ${seconds} s, ${latest[1]} runs, coverage ${latest[2]}  `)
  }
}

async function fuzz({ names, seconds, seed, json }, programs) {
  const share = Math.floor(seconds / names.length)
  process.stderr.write(`Seed ${seed}\n`)
  const results = []
  for (const name of names) {
    const onProgress = progressOf(name, share)
    results.push(await runTarget(name, programs.get(name), { seconds: share, seed, onProgress }))
    if (process.stderr.isTTY) process.stderr.write('\n')
  }
  const text = `${JSON.stringify({ seed, seconds, results }, undefined, 2)}\n`
  if (json !== undefined && json !== '-') writeFileSync(json, text)
  process.stdout.write(json === '-' ? text : renderTable(results, paint))
  return results.every(({ failures }) => failures.length === 0) ? 0 : 1
}

function readOptions() {
  try {
    return parseOptions(process.argv.slice(2), listTargets)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${help}`)
    return undefined
  }
}

await main(async () => {
  const options = readOptions()
  if (options === undefined) return 2
  if (options.help || options.list) {
    process.stdout.write(options.help ? help : `${options.names.join('\n')}\n`)
    return 0
  }
  const programs = await step(`Building ${options.names.length} targets with libFuzzer`, () =>
    buildTargets(options.targets, options.names),
  )
  return options.build ? 0 : await fuzz(options, programs)
})
