import t from 'tap'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/addon-file'

// The examples of the API's documentation are programs: each is run, as a user of the package would run it.

const folder = join(packageRoot(), 'out/examples/api')

interface Surroundings {
  input?: string
  env?: Record<string, string>
}

const surroundings: Record<string, Surroundings> = {
  'environment-variable.js': { env: { API_KEY: 'a secret' } },
  'sources.js': { input: 'correct horse!!\n' },
}

for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
  void t.test(name, async (t) => {
    const { input = '', env = {} } = surroundings[name] ?? {}
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [join(folder, name)], {
      cwd: packageRoot(),
      encoding: 'utf8',
      input,
      env: { ...process.env, ...env },
      timeout: 240_000,
    })
    t.equal(status, 0, `${signal ?? ''} ${stdout}${stderr}`)
    if (name === 'environment-variable.js') t.equal(stdout, 'undefined 8\n')
  })
}
