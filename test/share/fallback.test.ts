import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const BUILD = join(__dirname, '..', '..', '..', 'build', 'Release')
const FIXTURE = join(__dirname, '..', 'fixtures', 'shares-fallback.js')
const skip = process.platform !== 'linux' && 'needs Linux'

t.test('where memfd_secret is refused: Workers share locked pages, processes nothing', { skip }, async (t) => {
  const args = ['refuse-memfd-secret', '--', process.execPath, '--no-warnings', FIXTURE]
  const { stdout } = await promisify(execFile)(join(BUILD, 'attacker'), args, { timeout: 240_000 })
  t.equal(
    stdout,
    [
      'mlock: Locked memory, Locked memory',
      'mlock: Locked memory, Locked memory',
      'given back',
      'ERR_MEMFD_SECRET_UNAVAILABLE',
      '',
    ].join('\n'),
  )
})
