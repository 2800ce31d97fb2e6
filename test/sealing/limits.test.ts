import t from 'tap'
import { probe } from '../../lib/index'
import { runFixture } from '../run-fixture'

if (probe().backing !== 'memfd_secret') {
  t.pass('needs memfd_secret')
  process.exit()
}

void t.test('a use that has no room for its copy is an error, and the secret lives on', async (t) => {
  const { status, signal, stdout, stderr } = await runFixture('sealed-at-the-limit')
  t.match(
    stdout,
    /^ERR_MEMFD_SECRET_LIMIT after \d+ secrets\nERR_MEMFD_SECRET_LIMIT in use\nERR_MEMFD_SECRET_LIMIT in writeTo\nused after a dispose\n$/,
    stderr,
  )
  t.equal(signal, null)
  t.equal(status, 0)
})

void t.test('room that sealed secrets leave is for open ones, and the other way round', async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-and-open-at-the-limit')
  t.equal(stdout, '8 open, 2000 bytes in use\n32 sealed\n32 open\n32 sealed\n32 open\n', stderr)
  t.equal(status, 0)
})

void t.test('the copies of a burst of uses are collected where a sealed secret needs the room', async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-after-a-burst')
  t.equal(stdout, 'ERR_MEMFD_SECRET_LIMIT, and made after a yield\n', stderr)
  t.equal(status, 0)
})

void t.test('a file is read into open memory, and takes no copy for each read', async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-file-at-the-limit')
  t.equal(stdout, '24000 bytes, sealed\n', stderr)
  t.equal(status, 0)
})

const byMprotect = probe().sealing === 'mprotect'
void t.test('mprotect is refused in mid-use', { skip: !byMprotect && 'protection keys need none' }, async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-and-frozen')
  if (stdout === 'use: done\n') {
    t.pass('mseal(2) is of Linux 6.10')
    return
  }
  const refused = 'ERR_MEMFD_SECRET_UNAVAILABLE mprotect'
  t.equal(
    stdout,
    `use: ${refused}\nequals: ${refused}\nwriteTo: ${refused}\nalloc: ${refused}\ndispose: ${refused}\nuse: ERR_MEMFD_SECRET_DISPOSED\n0 secrets\n`,
    stderr,
  )
  t.equal(status, 0)
})

void t.test('a loop of uses that yields runs on under 64 KiB', async (t) => {
  const { status, stdout, stderr } = await runFixture('sealed-rounds')
  t.equal(stdout, '6000 uses\n', stderr)
  t.equal(status, 0)
})
