import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Findings } from '../../attack/attacker'
import { ATTACKER, runProgram } from './run-demo'

if (process.platform !== 'linux') {
  t.plan(0, 'needs Linux')
  process.exit()
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'demo-test-')))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const NEEDLE = 'a needle of more than sixteen bytes'
const needle = join(folder, 'needle')
writeFileSync(needle, NEEDLE)

async function search(path: string): Promise<Findings> {
  const { status, stdout } = await runProgram(ATTACKER, ['search-file', path, '--needle', needle])
  t.equal(status, 0)
  return JSON.parse(stdout) as Findings
}

t.test('wrong arguments: status 2, and what was expected', async (t) => {
  const short = join(folder, 'short')
  writeFileSync(short, 'too short')
  const wrong = [
    [[], 'expected an attack'],
    [['mem'], 'expected an attack and what to attack'],
    [['rowhammer', '1', '--needle', needle], 'no such attack'],
    [['mem', '0', '--needle', needle], 'expected a process id'],
    [['mem', '12x', '--needle', needle], 'expected a process id'],
    [['mem', '99999999999', '--needle', needle], 'expected a process id'],
    [['mem', '1'], 'expected --needle'],
    [['mem', '1', '--needle'], 'expected a file after --needle'],
    [['mem', '1', '--needle', join(folder, 'none')], 'expected a needle file that can be read'],
    [['mem', '1', '--needle', short], 'expected a needle of 16 bytes or more'],
    [['mem', '1', '--other', needle], 'expected --needle or --range'],
    [['refuse-memfd-secret', 'true'], 'expected -- and a command'],
  ] as const
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = await runProgram(ATTACKER, args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, `attacker: ${message}`)
    t.equal(stdout, '')
  }
  t.equal((await runProgram(ATTACKER, ['--help'])).status, 0)
})

t.test('what cannot be attacked: status 3, and why', async (t) => {
  // Above the largest pid_max there is.
  for (const name of ['mem', 'process_vm_readv', 'ptrace', 'pidfd_getfd', 'secret-mappings']) {
    const { status, stdout } = await runProgram(ATTACKER, [name, '2000000000', '--needle', needle])
    t.equal(status, 3, name)
    t.match(JSON.parse(stdout), { attack: name, impossibleErrno: 'ENOENT', hitCount: 0 })
  }
  const launched = await runProgram(ATTACKER, ['refuse-memfd-secret', '--', join(folder, 'none')])
  t.equal(launched.status, 3)
  t.match(launched.stderr, /ENOENT/)
})

t.test('another user is refused', { skip: process.getuid?.() !== 0 && 'needs root' }, async (t) => {
  // This process is root's. The capability reaches a clone in a folder of root's, and gives no right over processes.
  const reach = ['--inh-caps', '--ambient-caps'].map((set) => `${set}=-all,+dac_override`)
  const user = ['--reuid=61008', '--regid=61008', '--clear-groups', ...reach]
  for (const name of ['mem', 'process_vm_readv', 'ptrace', 'pidfd_getfd']) {
    const args = [...user, ATTACKER, name, String(process.pid), '--needle', needle]
    const { status, stdout } = await runProgram('setpriv', args)
    t.equal(status, 3, name)
    t.match((JSON.parse(stdout) as Findings).impossibleErrno, /^(EACCES|EPERM)$/)
  }
})

t.test('finds a needle wherever it lies in a file', async (t) => {
  const CHUNK = 1 << 20
  // At the start, across the boundary of two reads, right behind another, and at the end.
  const places = [0, CHUNK - 7, CHUNK + 100, CHUNK + 100 + NEEDLE.length, 3 * CHUNK - NEEDLE.length]
  const bytes = Buffer.alloc(3 * CHUNK)
  for (const place of places) bytes.write(NEEDLE, place)
  const path = join(folder, 'dense')
  writeFileSync(path, bytes)
  const found = await search(path)
  t.equal(found.hitCount, places.length, 'each once')
  t.same(
    found.hits.map(({ address }) => Number(address)),
    places,
  )

  const sparse = join(folder, 'sparse')
  const fd = openSync(sparse, 'w')
  for (const place of [5 * CHUNK, 9 * CHUNK + 4090]) writeSync(fd, NEEDLE, place)
  closeSync(fd)
  t.same(
    (await search(sparse)).hits.map(({ address }) => Number(address)),
    [5 * CHUNK, 9 * CHUNK + 4090],
    'behind holes too',
  )

  writeFileSync(path, NEEDLE.slice(0, -1))
  t.equal((await search(path)).hitCount, 0, 'all but one byte is no hit')
})

t.test('takes a descriptor of another process and reads the file behind it', async (t) => {
  const path = join(folder, 'behind-a-descriptor')
  writeFileSync(path, `${'x'.repeat(5000)}${NEEDLE}`)
  const fd = openSync(path, 'r')
  const child: ChildProcess = spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  closeSync(fd)
  t.teardown(() => child.kill('SIGKILL'))
  const { status, stdout } = await runProgram(ATTACKER, ['pidfd_getfd', String(child.pid), '--needle', needle])
  if (status === 3) {
    t.pass('needs the right to take descriptors', { skip: stdout })
    return
  }
  const found = JSON.parse(stdout) as Findings
  t.equal(found.hitCount, 2, 'by mmap and by pread')
  t.same([...new Set(found.hits.map(({ where }) => where))], [path])
})
