import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { replay } from './replay'

const corpus = join(packageRoot(), 'fuzz/corpus')
const targets = readdirSync(join(packageRoot(), 'fuzz/targets')).map((file) => file.replace(/\.cc$/, ''))

t.test('every target is in the program, and has a corpus', async (t) => {
  const { status, stdout } = replay([])
  t.equal(status, 0)
  t.same(stdout.trimEnd().split('\n').sort(), targets.sort())
  t.same(readdirSync(corpus).sort(), targets)
})

for (const target of targets) {
  t.test(`no input of the corpus fails: ${target}`, async (t) => {
    const files = readdirSync(join(corpus, target)).map((file) => join(corpus, target, file))
    t.ok(files.length > 0)
    const { status, signal, stdout, stderr } = replay([target, ...files])
    t.same({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
    t.equal(stdout.match(/: \d+ bytes$/gm)?.length, files.length)
  })
}

t.test('what cannot be replayed is said', async (t) => {
  t.match(replay(['oven']), { status: 2, stderr: 'Expected a target but received oven' })
  const folder = t.testdir()
  t.match(replay(['decoders', join(folder, 'none')]), { status: 1, stderr: /No such file/ })
  writeFileSync(join(folder, 'some'), 'one')
  t.match(replay(['decoders', join(folder, 'some')]), { status: 0, stdout: 'some: 3 bytes' })
})
