// What npm run fuzz is asked for.
import { parseArgs } from 'node:util'

export const help = `Usage: npm run fuzz -- [options]

Builds each target of fuzz/targets with clang's libFuzzer, address and undefined-behaviour sanitizers, and feeds it with
inputs of libFuzzer's making, beginning with those of fuzz/corpus. What reached new code is kept in build/fuzz/corpus for the
next run, an input that failed in build/fuzz/crashes, with what was said of it.

Options:
  --for TIME          how long all targets together run: 30s, 10m, 2h (default: 60s); building is not counted
  --only NAME[,NAME]  only these targets; can be repeated
  --seed N            1 to 4294967295: where libFuzzer begins (default: a random one, which is printed)
  --json FILE         the results as JSON, "-" for standard output in place of the table
  --targets FOLDER    the targets of another folder
  --build             only builds the targets
  --list              prints the names of the targets and stops
  --help              this text

Exit status: 0 no target failed, 1 one did, 2 wrong arguments.
`

export class UsageError extends Error {}

const units = { s: 1, m: 60, h: 3600 }

export function secondsOf(text) {
  const match = text.match(/^(\d{1,6})([smh])$/)
  const seconds = match ? Number(match[1]) * units[match[2]] : 0
  if (seconds === 0) throw new UsageError(`Expected a time such as 30s, 10m or 2h for --for but received '${text}'`)
  return seconds
}

export function seedOf(text) {
  if (text === undefined) return 1 + Math.floor(Math.random() * 0xffffffff)
  const seed = Number(text)
  // 0 is libFuzzer's own word for a random one.
  if (!/^\d+$/.test(text) || seed === 0 || seed > 0xffffffff) {
    throw new UsageError(`Expected 1 to 4294967295 for --seed but received '${text}'`)
  }
  return seed
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        for: { type: 'string', default: '60s' },
        only: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string' },
        json: { type: 'string' },
        targets: { type: 'string', default: 'fuzz/targets' },
        build: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
}

/** listTargets: the names that a folder has. Throws a UsageError. */
export function parseOptions(args, listTargets) {
  const values = parse(args)
  const all = listTargets(values.targets)
  if (all.length === 0)
    throw new UsageError(`Expected a folder with targets for --targets but received '${values.targets}'`)
  const only = values.only.flatMap((names) => names.split(','))
  for (const name of only) {
    if (!all.includes(name)) throw new UsageError(`Expected ${all.join(', ')} for --only but received '${name}'`)
  }
  const names = only.length === 0 ? all : all.filter((name) => only.includes(name))
  const seconds = secondsOf(values.for)
  if (seconds < names.length) {
    throw new UsageError(`Expected a second or more for each of ${names.length} targets but received '${values.for}'`)
  }
  return { ...values, names, seconds, seed: seedOf(values.seed) }
}
