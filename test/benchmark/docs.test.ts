import t from 'tap'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseResult } from '../../benchmark/model'
import { insertBetween, performanceText, readmeText } from '../../benchmark/report/docs'
import type { Machine } from '../../benchmark/report/machine'
import { packageRoot } from '../../lib/addon-file'

const machine: Machine = {
  date: '2026-01-02',
  processor: 'A processor',
  processors: 2,
  memoryBytes: 2 ** 30,
  kernel: '6.12.1',
  arch: 'x64',
  backing: 'memfd_secret',
  sealing: 'none',
  loadBefore: 0.25,
  versions: { 'memfd-secret': '0.1.0', node: '20.0.0', 'sodium-native': '5.1.0' },
}

const result: CaseResult = {
  name: 'life',
  title: 'The life of a secret',
  error: null,
  rows: [
    {
      what: 'life of 32 bytes',
      candidate: 'one | other',
      unit: 'ns',
      value: { median: 3210, low: 3000, high: 3456, turns: 15 },
      processor: null,
      ratio: { median: 12.34, low: 12, high: 13, turns: 15, to: 'memfd-secret', by: 'wall' },
      note: null,
    },
  ],
  goals: [{ item: 1, goal: 'ten times', measured: '12.3×', verdict: 'met', costs: [] }],
  charts: [
    {
      file: 'life',
      title: 'Life',
      subtitle: '',
      description: 'Bars.',
      bars: [{ label: 'a', value: 1, text: '1', ours: true }],
    },
    { file: 'other', title: 'Other', subtitle: '', description: 'More bars.', bars: [] },
  ],
}

t.test('text goes between the marks of its name, and nothing else changes', async (t) => {
  const page = 'before\n<!-- a:begin -->\nold\n<!-- a:end -->\n<!-- b:begin -->\nkept\n<!-- b:end -->\nafter\n'
  const expected = 'before\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\n<!-- b:begin -->\nkept\n<!-- b:end -->\nafter\n'
  t.equal(insertBetween(page, 'a', 'new'), expected)
  t.equal(insertBetween(expected, 'a', 'new'), expected, 'written again, it stays')
  t.throws(() => insertBetween(page, 'c', 'new'), /Expected <!-- c:begin -->/)
  t.throws(() => insertBetween('<!-- a:end --><!-- a:begin -->', 'a', 'new'), /Expected/)
})

t.test('the page has the machine, the goals, the tables and the pictures', async (t) => {
  const text = performanceText([result], machine)
  for (const part of [
    '6.12.1',
    'Node.js 20.0.0',
    'sodium-native 5.1.0',
    '2026-01-02',
    'A processor',
    'load before 0.25',
  ]) {
    t.ok(text.includes(part), part)
  }
  t.match(text, /\| 1: ten times \| 12\.3× \| met \|/)
  t.ok(text.includes('| 3.21 µs (3.00 µs to 3.46 µs) |  | 12.3× (12.0× to 13.0×) memfd-secret |'), text)
  t.ok(text.includes('one \\| other'), 'a bar in a cell does not end it')
  t.ok(text.includes('![Bars.](images/life.svg)') && text.includes('![More bars.](images/other.svg)'))
})

t.test('README has the goals and the pictures that were asked for', async (t) => {
  const text = readmeText([result], machine, ['life'])
  t.ok(text.includes('![Bars.](docs/images/life.svg)'))
  t.notOk(text.includes('other.svg'))
  t.match(text, /\| 1: ten times \| 12\.3× \| met \|/)
})

t.test('the pages have the marks, and each picture that they show is there', async (t) => {
  for (const [file, folder] of [
    ['README.md', ''],
    ['docs/performance.md', 'docs'],
  ] as const) {
    const page = readFileSync(join(packageRoot(), file), 'utf8')
    t.ok(insertBetween(page, 'performance', 'x').includes('\n\nx\n\n'), file)
    for (const [, picture = ''] of page.matchAll(/!\[[^\]]*\]\(([^)]+\.svg)\)/g)) {
      t.ok(existsSync(join(packageRoot(), folder, picture)), picture)
    }
  }
})
