// The child of the model's parts: node out/stress/model/main.js SEED STEPS SECONDS VARIANT
// VARIANT: plain, limit, faults, heap. Prints a line of JSON; exit status 1 where the package and the model differ.
import { parseModelArguments } from './arguments'
import type * as RunModel from './run-model'
import type * as Variants from './variants'

const { seed, steps, seconds, variant } = parseModelArguments(process.argv.slice(2))
// Before the package is loaded.
if (variant === 'heap') Object.defineProperty(process, 'platform', { value: 'another' })

async function main(): Promise<void> {
  const { runModel } = require('./run-model') as typeof RunModel
  const { refusalsOf } = require('./variants') as typeof Variants
  const onProgress = (done: number): void => void process.stderr.write(`${done} steps\n`)
  const most = variant === 'limit' ? 60 : 200
  try {
    const result = await runModel({ seed, steps, seconds, most, refusals: refusalsOf(variant), onProgress })
    process.stdout.write(`${JSON.stringify(result)}\n`)
  } catch (error) {
    const { message, cause } = error as Error
    process.stdout.write(`${JSON.stringify({ failure: message, cause: (cause as Error | undefined)?.stack })}\n`)
    process.exitCode = 1
  }
}

void main()
