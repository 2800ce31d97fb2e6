import { readFileSync } from 'node:fs'
import t from 'tap'
import { describeMapping, kindOf } from '../../lib/audit/classify'
import { isFallbackPages, type Mapping, ownMemory, parseMappings } from '../../lib/audit/mappings'
import { probe } from '../../lib/index'

const mapping = (name: string, permissions = 'rw-p'): Mapping => ({
  begin: 0x1000n,
  end: 0x3000n,
  permissions,
  name,
  flags: [],
})

t.test('parseMappings', async (t) => {
  const text = [
    '00400000-00b6f000 r--p 00000000 fe:00 260689                             /usr/bin/a name with  spaces',
    '01a2b000-01c00000 rw-p 00000000 00:00 0                                  [heap]',
    'Size:                  4 kB',
    'VmFlags: rd wr mr mw me ac sd ',
    '7ffff0000000-7ffff0001000 ---p 00000000 00:00 0 ',
    'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]',
    '',
  ].join('\n')
  t.strictSame(parseMappings(text), [
    { begin: 0x400000n, end: 0xb6f000n, permissions: 'r--p', name: '/usr/bin/a name with  spaces', flags: [] },
    {
      begin: 0x1a2b000n,
      end: 0x1c00000n,
      permissions: 'rw-p',
      name: '[heap]',
      flags: ['rd', 'wr', 'mr', 'mw', 'me', 'ac', 'sd'],
    },
    { begin: 0x7ffff0000000n, end: 0x7ffff0001000n, permissions: '---p', name: '', flags: [] },
    {
      begin: 0xffffffffff600000n,
      end: 0xffffffffff601000n,
      permissions: '--xp',
      name: '[vsyscall]',
      flags: [],
    },
  ])
  t.strictSame(parseMappings(''), [])
})

t.test('kindOf', async (t) => {
  const cases: [Mapping, number, bigint[], string][] = [
    [mapping('[heap]'), 0, [], 'malloc'],
    [mapping('[stack]'), 0, [], 'stack'],
    [mapping('/usr/lib/a.so'), 1, [], 'file'],
    [mapping('/tmp/key (deleted)'), 0, [], 'file'],
    [mapping('/memfd:v8 (deleted)', 'rw-s'), 0, [], 'anonymous'],
    [mapping('/dev/zero (deleted)', 'rw-s'), 0, [], 'anonymous'],
    [mapping('[vdso]'), 1, [], 'anonymous'],
    [mapping(''), 0, [], 'anonymous'],
    [mapping(''), 1, [], 'malloc'],
    [mapping(''), 2, [], 'v8-heap'],
    [mapping('[anon:v8]'), 2, [], 'v8-heap'],
    [mapping(''), 9, [], 'anonymous'],
    [mapping(''), 0, [0x1000n], 'stack'],
    [mapping(''), 0, [0xfffn, 0x3000n], 'anonymous'],
  ]
  for (const [it, owner, stacks, kind] of cases) t.equal(kindOf(it, owner, stacks), kind, `${it.name} ${owner}`)
  t.equal(describeMapping(mapping('[heap]')), '1000-3000 rw-p [heap]')
  t.equal(describeMapping(mapping('')), '1000-3000 rw-p')
})

t.test('isFallbackPages', async (t) => {
  const guard = (begin: bigint): Mapping => ({ ...mapping('', '---p'), begin, end: begin + 0x1000n })
  const pages: Mapping = { ...mapping(''), flags: ['rd', 'wr', 'lo', 'dc', 'dd'] }
  t.ok(isFallbackPages([guard(0n), pages, guard(0x3000n)], 1))
  t.notOk(isFallbackPages([guard(0n), pages], 1), 'no guard behind')
  t.notOk(isFallbackPages([pages, guard(0x3000n)], 0), 'no guard before')
  t.notOk(isFallbackPages([guard(0n), pages, guard(0x4000n)], 1), 'a gap')
  t.notOk(isFallbackPages([guard(0n), pages, { ...guard(0x3000n), permissions: 'rw-p' }], 1), 'no guard but data')
  t.notOk(isFallbackPages([guard(0n), { ...pages, name: '/a' }, guard(0x3000n)], 1), 'a file')
  for (const flag of ['lo', 'dd', 'dc']) {
    const other = { ...pages, flags: pages.flags.filter((it) => it !== flag) }
    t.notOk(isFallbackPages([guard(0n), other, guard(0x3000n)], 1), `without ${flag}`)
  }
})

t.test('ownMemory', { skip: probe().backing === 'heap' && 'not Linux' }, async (t) => {
  const { process, mappings } = ownMemory(false)
  t.equal(process, 0)
  t.ok(mappings.some(({ name }) => name === '[stack]'))
  t.ok(mappings.every(({ permissions }) => permissions.startsWith('r')))
  t.notOk(mappings.some(({ name }) => name === '[vvar]'))
  const all = parseMappings(readFileSync('/proc/self/smaps', 'latin1'))
  t.ok(
    all.some(({ flags }) => flags.includes('rd')),
    'flags are read from smaps',
  )
})
