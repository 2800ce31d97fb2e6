// A Node.js that is linked to the shared libssl and libcrypto.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { debianLauncher, debianNode, whyNoDebianNode } from './debian-node'
import { findInHolder } from './holder-process'
import { writeKeys } from './key-material'
import { environment } from './preload-library'
import { command, print } from './run-command'

const skip = whyNoDebianNode()
const folder = join(t.testdir({}), 'keys')

t.test('memfd-secret run confirms it, and it is on', { skip }, async (t) => {
  const { execArgv, env, execPath } = debianLauncher()
  const run = [process.execPath, command, 'run', '--report', '--min-backing', 'memfd_secret', '--', debianNode, print]
  const { status, stdout, stderr } = spawnSync(execPath, [...execArgv.slice(0, -1), ...run], {
    env: environment(false, env),
    encoding: 'utf8',
    timeout: 240_000,
  })
  t.equal(status, 0, stderr)
  t.match(JSON.parse(stdout), { active: true, scope: 'keys', backing: 'memfd_secret' })
  t.match(stderr, /, connections told by their calls\n$/)
})

t.test('no key of any kind is readable; without the library each is', { skip }, async (t) => {
  const { secrets } = writeKeys(folder)
  const launcher = debianLauncher()
  const steps = ['load', 'use', 'derive'] as const
  t.strictSame(await findInHolder({ folder, preload: true, launcher }, secrets, steps), [[], [], []])
  const found = (await findInHolder({ folder, preload: false, launcher }, secrets, steps)).flat()
  for (const name of secrets.keys()) {
    const kind = name.split(/[ ,]/, 1)[0] ?? ''
    t.ok(
      found.some((each) => each.split(/[ ,]/, 1)[0] === kind),
      `${kind} is readable`,
    )
  }
})
