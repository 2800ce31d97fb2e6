import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const root = process.getuid?.() === 0
const skip = { skip: root && process.platform === 'linux' ? false : 'needs root on Linux' }

for (const [index, limit] of [65_536, 1_048_576].entries()) {
  t.test(`a limit of ${limit} bytes that used secrets filled has room once they are disposed`, skip, async (t) => {
    const fixture = join(__dirname, '../fixtures/refill-after-limit.js')
    // A user of its own: newer kernels count locked memory by user, across processes.
    const { status, stdout, stderr } = spawnSync(
      'prlimit',
      [`--memlock=${limit}:${limit}`, process.execPath, fixture, String(61_800 + index)],
      { encoding: 'utf8', timeout: 240_000 },
    )
    t.equal(status, 0, stderr)
    const made = JSON.parse(stdout) as number[]
    t.equal(made.length, 4)
    const fewest = Math.min(...made)
    t.ok(fewest > (limit / 64) * 0.8, `at least ${fewest} of 32 bytes each round`)
  })
}
