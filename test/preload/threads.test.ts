import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import type { PreloadStatus } from '../../lib/preload-status'
import { environment } from './preload-library'

for (const scope of ['keys', 'all'] as const) {
  t.test(`main thread, workers and thread pool at once, scope ${scope}`, async (t) => {
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [join(__dirname, 'fixtures', 'crypto-worker.js')],
      {
        env: environment(true, { MEMFD_SECRET_PRELOAD_SCOPE: scope }),
        encoding: 'utf8',
        timeout: 240_000,
      },
    )
    t.strictSame([status, signal], [0, null], stderr)
    const said = JSON.parse(stdout || '{}') as Record<'before' | 'worker' | 'after', PreloadStatus>
    t.match(said.worker, { active: true, scope })
    const { before, after } = said
    t.ok(after.secretAllocations > before.secretAllocations + 10_000, 'the work went through the library')
    t.ok(after.bytesInUse <= after.peakBytes && after.peakBytes <= after.capacityBytes)
    t.ok(scope === 'keys' ? after.otherAllocations > 0 : after.otherAllocations === 0)
    t.equal(after.fallbacks, 0)
  })
}
