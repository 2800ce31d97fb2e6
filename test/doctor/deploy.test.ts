import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SUGGESTED_MEMLOCK } from '../../lib/detection/hints'
import { packageRoot } from '../../lib/addon-file'

const folder = join(packageRoot(), 'examples/deploy')
const files = readdirSync(folder)
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const inMiB = `${SUGGESTED_MEMLOCK / 1024 / 1024}M`

t.test('each example sets the limit that the hints name', async (t) => {
  t.match(read('docker-compose.yaml'), `soft: ${SUGGESTED_MEMLOCK}, hard: ${SUGGESTED_MEMLOCK}`)
  t.match(read('memfd-secret.container'), `Ulimit=memlock=${SUGGESTED_MEMLOCK}:${SUGGESTED_MEMLOCK}`)
  for (const name of ['memfd-secret.service', 'containerd-memlock.conf'])
    t.match(read(name), `LimitMEMLOCK=${inMiB}\n`, name)
})

t.test('each that starts a service asks the doctor, and for secret memory', async (t) => {
  for (const name of files.filter((file) => file !== 'containerd-memlock.conf')) {
    t.match(read(name), /memfd-secret,? doctor,? --min-backing,? memfd_secret/, name)
    t.match(read(name), /MEMFD_SECRET_MIN_BACKING(?::|=|, value:) ?memfd_secret/, name)
  }
})

t.test('the unit lets the system call through its filter', async (t) => {
  t.match(read('memfd-secret.service'), /^SystemCallFilter=@system-service memfd_secret$/m)
  t.match(read('memfd-secret.service'), /^SystemCallErrorNumber=EPERM$/m)
})

t.test('the page names each file', async (t) => {
  const page = readFileSync(join(packageRoot(), 'docs/containers.md'), 'utf8')
  for (const name of files) t.ok(page.includes(`\`${name}\``), name)
})
