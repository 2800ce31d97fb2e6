import { spawnSync } from 'node:child_process'
import t from 'tap'
import { compiled } from '../../stress/paths'
import { insertReport, makeReport, renderTable } from '../../stress/report'

const stress = (...args: string[]) =>
  spawnSync(process.execPath, [compiled('main'), ...args], { encoding: 'utf8', timeout: 800_000 })

t.test('wrong arguments are told, with exit status 2', async (t) => {
  for (const args of [['--for', 'ever'], ['--only', 'nothing'], ['--seed', '0'], ['--what'], ['more']]) {
    const { status, stdout, stderr } = stress(...args)
    t.equal(status, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, /Usage: npm run stress/)
  }
  const { status, stdout } = stress('--help')
  t.equal(status, 0)
  t.match(stdout, /--for TIME/)
  t.match(stress('--list').stdout, /^model\t.*\n(?:.*\n)*soak\t.*\n$/)
})

t.test('the model, plain and without the addon, guards and every fault', async (t) => {
  const { status, stdout, stderr } = stress(
    '--for',
    '12s',
    '--seed',
    '7',
    '--only',
    'model,model-heap,guards,faults',
    '--json',
    '-',
  )
  t.equal(status, 0, stderr)
  const { outcomes, seed } = JSON.parse(stdout) as ReturnType<typeof makeReport>
  t.equal(seed, 7)
  t.same(
    outcomes.map(({ part, failures }) => [part, failures]),
    [
      ['model', []],
      ['model-heap', []],
      ['faults', []],
      ['guards', []],
    ],
  )
  const [model, heap, faults, guards] = outcomes.map(({ figures }) => figures)
  if (process.platform !== 'linux') return
  t.ok((model?.steps ?? 0) > 100 && (heap?.steps ?? 0) > 100, 'steps were made')
  t.ok((faults?.faults ?? 0) > 100, 'system calls failed')
  t.ok((guards?.rounds ?? 0) > 10, 'guards were met')
})

t.test('the table, and its place in a page', async (t) => {
  const report = makeReport(7, [
    { part: 'one', figures: { steps: 1234 }, failures: [], notes: ['a note'], seconds: 1.6 },
    { part: 'two', figures: { faults: 5 }, failures: ['wrong'], notes: [], seconds: 20 },
  ])
  t.equal(
    renderTable(report),
    [
      '| part | seconds | steps | faults | rounds | failures |',
      '| ---- | ------: | ----: | -----: | -----: | -------: |',
      '| one  |       2 | 1,234 |        |        |        0 |',
      '| two  |      20 |       |      5 |        |        1 |',
    ].join('\n'),
  )
  const page = 'before\n<!-- stress:begin -->old<!-- stress:end -->\nafter\n'
  const written = insertReport(page, report)
  t.match(
    written,
    /^before\n<!-- stress:begin -->\n\nBy `npm run stress[^]*- one: a note\n\n<!-- stress:end -->\nafter\n$/,
  )
  t.equal(insertReport(written, report), written, 'again and again')
  t.throws(() => insertReport('no marks', report), { message: /stress:begin/ })
})
