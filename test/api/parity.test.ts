import { join } from 'node:path'
import t from 'tap'
import { ATTACKER, child, LINUX, MEMFD_SECRET, run } from './run-child'

// The contract holds under every backing: the same test files, run again where another is chosen.
const CONTRACT = ['bad-input', 'contents', 'decode', 'make', 'misuse', 'read-file', 'redaction'].map(
  (name) => `${name}.test.js`,
)

async function holds(file: string, launcher: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const ended = await run([...launcher, join(__dirname, file)], { env: { TAP: '1', ...env } })
  const failures = ended.stdout.split('\n').filter((line) => /^\s*not ok/.test(line))
  t.same(failures, [], `${file}: ${ended.stderr}`)
  t.equal(ended.status, 0, `${file} ends well`)
  t.match(ended.stdout, /^# \{ total: \d+, pass: \d+/m, `${file} ran`)
}

t.test('heap, in plain JavaScript', async () => {
  for (const file of CONTRACT) await holds(file, [process.execPath, '-r', child('other-platform')])
})

t.test('mlock', { skip: !LINUX || !MEMFD_SECRET ? 'needs Linux with memfd_secret' : false }, async () => {
  for (const file of CONTRACT) await holds(file, [ATTACKER, 'refuse-memfd-secret', '--', process.execPath])
})
