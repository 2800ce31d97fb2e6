// A short run of every target, and of some with a defect. Skipped where there is no clang with libFuzzer.
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { resultsOf, runFuzz } from './run-fuzz'

// Building takes most of it.
t.setTimeout(870_000)

const planted = 'test/fuzz/planted'

async function whyNot(): Promise<string | false> {
  const { status, stderr } = await runFuzz(['--build'])
  if (status === 0) return false
  const reason = stderr.match(/Expected clang with libFuzzer.*/)?.[0]
  if (reason === undefined) throw new Error(stderr)
  return reason
}

async function main(): Promise<void> {
  const skip = await whyNot()

  void t.test('10 seconds of all targets find nothing', { skip }, async (t) => {
    const ended = await runFuzz(['--for', '10s', '--json', '-'])
    t.equal(ended.status, 0, ended.stderr)
    const results = resultsOf(ended.stdout)
    t.equal(results.length, 4)
    for (const { target, runs, coverage, failures } of results) {
      t.same(failures, [], target)
      t.ok(runs > 0 && coverage > 50, `${target}: ${runs} runs, coverage ${coverage}`)
    }
  })

  for (const [target, reason] of [
    ['check', /check\.cc:\d+: Expected !\(length >= 2/],
    ['overflow', /^ERROR: AddressSanitizer: heap-buffer-overflow/],
    ['undefined', /runtime error: signed integer overflow/],
  ] as const) {
    void t.test(`a defect is found, told and kept: ${target}`, { skip }, async (t) => {
      const args = ['--targets', planted, '--only', target, '--for', '60s', '--seed', '1', '--json']
      const file = join(t.testdir(), 'result.json')
      const table = await runFuzz([...args, file])
      t.equal(table.status, 1, table.stderr)
      t.match(table.stdout, new RegExp(reason.source.replace('^', ': ')))
      const result = resultsOf(readFileSync(file, 'utf8'))[0]
      t.equal(result?.failures.length, 1)
      const { reason: told, input } = result?.failures[0] ?? { reason: '', input: '' }
      t.match(told, reason)
      t.equal(dirname(input ?? ''), join(packageRoot(), 'build/fuzz/crashes', target))
      t.match(readFileSync(input ?? '', 'latin1'), /^[k-z]/)
      t.ok(table.stdout.includes(`once more: build/fuzz/bin/${target} ${relative(packageRoot(), input ?? '')}`))
    })
  }
}

void main()
