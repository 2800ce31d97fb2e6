import { join } from 'node:path'
import t from 'tap'
import { ATTACKER, child, LINUX, MEMFD_SECRET, run } from './run-child'

// The contract holds under every backing: the same test files, run again where another is chosen.
const CONTRACT = ['bad-input', 'contents', 'decode', 'make', 'misuse', 'read-file', 'redaction'].map(
  (name) => `${name}.test.js`,
)

// Test files write into folders named for themselves: apart from those of the same files, which run at the same time.
const fixtures = t.testdir({})

async function holds(file: string, launcher: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const ended = await run([...launcher, join(__dirname, file)], { env: { TAP: '1', TAP_CWD: fixtures, ...env } })
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

/** Those that look at no `bytes`, which a sealed secret has not. */
const WITHOUT_BYTES = ['decode', 'misuse', 'read-file', '../lifetime/escape', '../share/processes', '../ways/streams']

t.test('sealed', { skip: !LINUX }, async () => {
  for (const name of WITHOUT_BYTES) await holds(`${name}.test.js`, [process.execPath, '-r', child('sealed-by-policy')])
})
