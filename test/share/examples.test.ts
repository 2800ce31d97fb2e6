import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { probe } from '../../lib/probe'

/** Runs examples/NAME.ts as compiled; the output of one that succeeded. */
function runExample(name: string): Promise<string> {
  const file = join(__dirname, '..', '..', 'examples', `${name}.js`)
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file], { timeout: 240_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${name}: ${error.message}\n${stdout}${stderr}`))
    })
  })
}

const skip = probe().backing !== 'memfd_secret' && 'needs memfd_secret'

t.test('sharing with Workers', { skip }, async (t) => {
  t.equal(await runExample('sharing/worker'), 'worker 1: the same signature\nworker 2: the same signature\n')
})

t.test('handing to a child process', { skip }, async (t) => {
  t.equal(await runExample('sharing/child-process'), 'child: the same signature\n')
})

t.test('handing to the workers of a cluster', { skip }, async (t) => {
  const same = (place: number): string => `worker at place ${place}: the same signature\n`
  t.equal(await runExample('sharing/cluster'), same(1) + same(2) + same(1))
})

t.test('a restart: no failed request, and the key read from disk once', { skip, timeout: 240_000 }, async (t) => {
  const said = await runExample('handover/main')
  t.match(said, /^generations that answered: 1, 2, 3$/m)
  t.match(said, /^failed requests: 0 of [1-9]\d*$/m)
  t.match(said, /^key file on disk after the first had read it: no$/m)
})
