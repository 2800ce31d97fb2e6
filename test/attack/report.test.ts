import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { ATTACKS } from '../../attack/attacks/index'
import { expectedOf } from '../../attack/expectations'
import { HOLDER_NAMES } from '../../attack/holders'
import { ROOT } from '../../attack/paths'
import { insert, renderMarkdown } from '../../attack/report/document'
import { renderPicture } from '../../attack/report/picture'
import { renderTable } from '../../attack/report/table'
import { cell, expectedRows, report } from './made-up'
import { ATTACKS as IN_GUEST } from './protection-keys/attacks'

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length
const expectedLeaks = ATTACKS.flatMap(({ name }) => HOLDER_NAMES.map((holder) => expectedOf(name, holder))).filter(
  (expected) => expected === 'leaks',
).length
const cells = ATTACKS.length * HOLDER_NAMES.length

t.test('the terminal: colours on demand, and the same text', async (t) => {
  const plain = renderTable(report(expectedRows()), false)
  t.notOk(plain.includes('\u001b'))
  const coloured = renderTable(report(expectedRows()), true)
  t.ok(coloured.includes('\u001b[31mLEAKS'))
  t.equal(stripVTControlCharacters(coloured), plain)
  t.match(plain, /^\/proc\/PID\/mem, read +LEAKS +LEAKS +LEAKS +safe +safe$/m)
  t.match(plain, /^\/proc\/PID\/mem, write +OVERWRITTEN +OVERWRITTEN +OVERWRITTEN +safe +safe$/m)
  t.match(plain, /closed by mprotect/)
  t.match(plain, /pidfd_getfd.*: finds the secret in memfd_secret whose descriptor was left open/)
  t.match(plain, /All is as docs\/threat-model.md says/)
  t.ok(plain.split('\n').every((line) => line === line.trimEnd()))
  t.match(renderTable(report(expectedRows(), ['this is wrong']), false), /Not as .* says:\n {2}this is wrong\n/)
})

t.test('what cannot be made says why', async (t) => {
  const [first, ...rest] = expectedRows()
  if (first === undefined) return void t.fail('no rows')
  const control = { ...first.control, ...cell('impossible', 'EPERM') }
  const all = Object.fromEntries(HOLDER_NAMES.map((name) => [name, cell('impossible', 'EPERM')]))
  const changed = report([{ ...first, control, cells: all as typeof first.cells }, ...rest])
  for (const text of [renderTable(changed, false), renderMarkdown(changed)]) {
    t.match(text, /\/proc\/PID\/mem, read: not possible here, made up: impossible: EPERM/)
    t.equal(count(text, /not possible(?! here)/g), HOLDER_NAMES.length)
  }
})

t.test('the picture: a mark and a word for each cell, for light and for dark', async (t) => {
  const picture = renderPicture(report(expectedRows()))
  t.equal(count(picture, /<path class="mark /g), cells)
  t.equal(count(picture, /<path class="mark bad"/g), expectedLeaks)
  t.equal(count(picture, /class="word bad"/g), expectedLeaks)
  t.equal(count(picture, /d="M-4 -4 L4 4 M4 -4 L-4 4"/g), expectedLeaks, 'told apart by shape too')
  t.match(picture, /prefers-color-scheme: dark/)
  t.match(picture, /class="ground"/)
  t.match(picture, /Linux 6\.18\.44, Node\.js 20\.1\.2/)
  for (const name of new Set([...picture.matchAll(/class="(\w+)/g)].map((match) => match[1])))
    t.ok(picture.includes(`.${name}`), `${name} has a style`)
  t.equal(count(picture, /<(?:svg|g|text|style)\b/g), count(picture, /<\/(?:svg|g|text|style)>/g))
  t.notMatch(picture, /&(?!amp;|lt;|quot;)/)
})

t.test('insert: between the marks, and an error where they lack', async (t) => {
  const page = 'a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n'
  t.equal(insert(page, 'x', 'new'), 'a\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nb\n')
  t.equal(insert(insert(page, 'x', 'new'), 'x', 'new'), insert(page, 'x', 'new'))
  t.throws(() => insert(page, 'y', 'new'), /y:begin/)
})

const page = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')

t.test('docs/threat-model.md names each way that leaks out of secret memory', async (t) => {
  const [, section = ''] = /\n## What does leak\n([^]*?)\n## /.exec(page) ?? []
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  const written = rows.map((line) => line.split('|').map((part) => part.trim().replaceAll('`', '')))
  const named = written.map(([, name = '', secret = '', sealed = '']) => ({ name, secret, sealed }))
  const expected = ATTACKS.map(({ name }) => ({
    name,
    secret: expectedOf(name, 'memfd_secret'),
    sealed: expectedOf(name, 'sealed'),
  })).filter(({ secret, sealed }) => secret === 'leaks' || sealed === 'leaks')
  t.same(named, expected)
})

t.test('the tables in docs/threat-model.md are of all attacks, and as expected', async (t) => {
  for (const mark of ['attack-root', 'attack-user', 'attack-protection-keys']) {
    const [, table = ''] = new RegExp(`<!-- ${mark}:begin -->([^]*?)<!-- ${mark}:end -->`).exec(page) ?? []
    for (const { name, title } of ATTACKS) {
      const line = table.split('\n').find((one) => one.startsWith(`| ${title} `))
      if (mark === 'attack-protection-keys' && !IN_GUEST.includes(name)) continue
      const received = (line ?? '').split('|').slice(2, -1)
      t.equal(received.length, HOLDER_NAMES.length, `${mark}: ${name} has its row`)
      for (const [index, holder] of HOLDER_NAMES.entries()) {
        const text = received[index]?.trim() ?? ''
        const expected = expectedOf(name, holder) === 'leaks' ? /^\*\*(?:LEAKS|OVERWRITTEN)\*\*$/ : /^safe/
        if (text !== 'not possible') t.match(text, expected, `${mark}: ${name}, ${holder}`)
      }
    }
  }
})
