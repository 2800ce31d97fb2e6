import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { simulateSupport } from '../doctor/simulated'
import type { GuestResult } from './guest/main'
import { chooseTests } from './guest/choose-tests'
import { KERNELS, nameOf, quickKernels } from './kernels'
import { insertTable, problemsOf, renderTable, type Row } from './table'

const support = simulateSupport()
const passed = { name: 'test/native', user: 'root', passed: true, seconds: 1, output: '' } as const
const failed = { ...passed, user: 'user', passed: false, output: 'not ok\n' } as const

function rowOf(result: Partial<GuestResult>, difference: Partial<Row> = {}): Row {
  const kernel = {
    arch: 'x64',
    series: '6.12.',
    pick: 'newest',
    parameters: '',
    protectionKeys: false,
    usual: true,
  } as const
  return {
    kernel: { ...kernel, backing: 'memfd_secret', reason: null },
    version: '6.12.117-1',
    result: { support: { root: support, user: support }, protectionKeys: false, tests: [passed], ...result },
    error: null,
    seconds: 60,
    ...difference,
  }
}

t.test('what does not hold', async (t) => {
  t.same(problemsOf(rowOf({})), [])
  t.same(problemsOf(rowOf({ tests: [passed, failed] })), ['test/native fails as user: not ok'])
  const weaker = { ...support, backing: 'mlock', memfdSecret: { ...support.memfdSecret, reason: 'seccomp' } } as const
  t.same(problemsOf(rowOf({ support: { root: support, user: weaker } })), [
    'expected memfd_secret as user but received mlock',
    'expected reason null as user but received seccomp',
  ])
  t.same(problemsOf(rowOf({ protectionKeys: true })), ['expected protection keys false but received true'])
  t.same(problemsOf(rowOf({ tests: [] })), ['expected tests but none of that name was compiled'])
  t.same(problemsOf(rowOf({}, { result: null, error: 'no console' })), ['no console'])
})

t.test('the table', async (t) => {
  const rows = [rowOf({ tests: [passed, failed] }), rowOf({}, { result: null, error: 'no console' })]
  const lines = renderTable(rows).split('\n')
  t.match(lines[0], /^\| kernel +\| Debian package +\| parameters/)
  t.match(lines[2], /^\| 6\.12\.117 x64 +\| 6\.12\.117-1 .*\| memfd_secret .*\| at-mmap +\| +\| 1 of 2 +\|$/)
  t.match(lines[3], /^\| 6\.12\.\* x64 .*no answer/)
  t.equal(new Set(lines.map(({ length }) => length)).size, 1, 'columns are aligned')
})

t.test('goes between its marks in the page', async (t) => {
  const page = readFileSync(join(packageRoot(), 'docs/kernel-support.md'), 'utf8')
  const once = insertTable(page, 'x64', '| table |', '2026-01-02')
  t.match(once, /Written on 2026-01-02\.\n\n\| table \|\n/)
  t.equal(insertTable(once, 'x64', '| table |', '2026-01-02'), once, 'replaces what it wrote')
  t.throws(() => insertTable('no marks', 'x64', '', ''), { message: /Expected <!-- x64/ })
})

t.test('which tests', async (t) => {
  const compiled = ['test/api/limits.test.js', 'test/sealing/use.test.js', 'test/sealing/main.js']
  t.equal(chooseTests([], compiled).length, 7)
  t.ok(chooseTests([], compiled, true).includes('test/sealing/in-use.test.js'))
  t.same(chooseTests(['limits'], compiled), ['test/detection/limits.test.js', 'test/preload/limits.test.js'])
  t.same(chooseTests(['sealing', 'test/native'], compiled), ['test/sealing/use.test.js', 'test/native'])
  t.same(chooseTests(['test/native:key'], compiled), ['test/native:key'])
  t.same(chooseTests(['nothing'], compiled), [])
})

t.test('which kernels', async (t) => {
  t.ok(KERNELS.some(({ arch, usual }) => arch === 'arm64' && usual))
  t.equal(new Set(KERNELS.map(nameOf)).size, KERNELS.length, 'each has a name of its own')
  t.ok(KERNELS.some((kernel) => nameOf(kernel) === 'x64 6.12. pkey' && kernel.usual))
  t.same(
    quickKernels().map(({ parameters, backing }) => [parameters, backing]),
    [
      ['', 'mlock'],
      ['secretmem.enable=1', 'memfd_secret'],
    ],
  )
})
