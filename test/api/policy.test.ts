import t from 'tap'
import type { Backing } from '../../lib/backing'
import type { Policy } from '../../lib/policy'
import { LINUX, MEMFD_SECRET } from './run-child'
import { type Outcome, runSteps, type Step, valueOf } from './run-steps'

const skip = { skip: !LINUX || !MEMFD_SECRET ? 'needs memfd_secret' : false }
const POLICY_ERROR = 'ERR_MEMFD_SECRET_POLICY'

const outcomes = async (steps: readonly Step[], env?: NodeJS.ProcessEnv): Promise<Outcome[]> =>
  (await runSteps(steps, env === undefined ? {} : { env })).outcomes
const codes = (list: readonly Outcome[]): (string | undefined)[] => list.map(({ code }) => code)
const backingOf = ({ value }: Outcome = {}): Backing => (value as { backing: Backing }).backing

t.test('the default', skip, async (t) => {
  const [first, unchanged, made] = await outcomes([
    ['configure', {}],
    ['configure', { minBacking: 'mlock' }],
    ['alloc'],
  ])
  const expected: Policy = { minBacking: 'mlock', sealed: false, reserveBytes: 0 }
  t.same(first?.value, expected)
  t.same(unchanged?.value, expected)
  t.equal(backingOf(made), 'memfd_secret')
})

t.test('configure tightens and never loosens', skip, async (t) => {
  const list = await outcomes([
    ['configure', { minBacking: 'memfd_secret' }],
    ['configure', { minBacking: 'memfd_secret' }],
    ['configure', { minBacking: 'mlock' }],
    ['configure', { minBacking: 'heap' }],
    ['configure', { minBacking: 'heap', reserveBytes: 4096 }],
    ['configure', {}],
    ['alloc', { minBacking: 'heap' }],
  ])
  t.same(codes(list), [undefined, undefined, POLICY_ERROR, POLICY_ERROR, POLICY_ERROR, undefined, undefined])
  t.match(list[2]?.message, /^Expected a policy at least as strict as memfd_secret for minBacking but received mlock/)
  t.same(list[5]?.value, { minBacking: 'memfd_secret', sealed: false, reserveBytes: 0 }, 'nothing was changed')
  t.equal(backingOf(list[6]), 'memfd_secret')
})

t.test('reserveBytes is taken at once, and kept', skip, async (t) => {
  const list = await outcomes([
    ['configure', { reserveBytes: 20_000 }],
    ['stats'],
    ['alloc'],
    ['disposeAll'],
    ['stats'],
    ['configure', { reserveBytes: 10_000 }],
    ['configure', { reserveBytes: 0 }],
    ['configure', { reserveBytes: 40_000 }],
    ['stats'],
  ])
  t.match(list[0]?.value, { reserveBytes: 20_000 })
  t.match(list[1]?.value, { reservedBytes: 20_480, lockedBytes: 20_480, secrets: 0 }, 'whole pages')
  t.match(list[4]?.value, { reservedBytes: 20_480, secrets: 0 })
  t.same(codes(list.slice(5, 7)), [POLICY_ERROR, POLICY_ERROR])
  t.match(list[7]?.value, { reserveBytes: 40_000 })
  t.match(list[8]?.value, { reservedBytes: 40_960 })
})

t.test('MEMFD_SECRET_MIN_BACKING', skip, async (t) => {
  const strict = { MEMFD_SECRET_MIN_BACKING: 'memfd_secret' }
  const list = await outcomes([['alloc'], ['configure', { minBacking: 'mlock' }], ['configure', {}]], strict)
  t.equal(backingOf(list[0]), 'memfd_secret')
  t.equal(list[1]?.code, POLICY_ERROR, 'configure cannot loosen it')
  t.match(list[2]?.value, { minBacking: 'memfd_secret' })

  const loose = await outcomes([['configure', {}], ['alloc']], { MEMFD_SECRET_MIN_BACKING: 'heap' })
  t.match(loose[0]?.value, { minBacking: 'mlock' }, 'it cannot loosen the default')
  const unset = await outcomes([['configure', {}]], { MEMFD_SECRET_MIN_BACKING: '' })
  t.match(unset[0]?.value, { minBacking: 'mlock' }, 'empty is unset')
})

t.test('a word that is no backing is never taken for a weaker one', skip, async (t) => {
  for (const word of ['memfd-secret', 'MLOCK', 'none', ' mlock']) {
    const list = await outcomes([['alloc'], ['alloc', { minBacking: 'heap' }], ['configure', {}], ['probe']], {
      MEMFD_SECRET_MIN_BACKING: word,
    })
    t.same(codes(list), [...Array<string>(3).fill('ERR_INVALID_ARG_VALUE'), undefined], word)
    t.match(list[0]?.message, /for MEMFD_SECRET_MIN_BACKING but received another word$/)
    t.equal(list[3]?.value, 'memfd_secret', 'probe never throws')
  }
})

t.test('workers and the main thread share the floor', skip, async (t) => {
  const down = await outcomes([
    ['configure', { minBacking: 'memfd_secret' }],
    [
      'worker',
      [
        ['configure', {}],
        ['configure', { minBacking: 'mlock' }],
        ['alloc', { minBacking: 'heap' }],
      ],
    ],
  ])
  const [inherited, loosened, made] = valueOf<Outcome[]>(down[1])
  t.match(inherited?.value, { minBacking: 'memfd_secret' })
  t.equal(loosened?.code, POLICY_ERROR)
  t.equal(backingOf(made), 'memfd_secret')

  const up = await outcomes([
    ['alloc'],
    ['worker', [['configure', { minBacking: 'memfd_secret' }]]],
    ['configure', {}],
    ['configure', { minBacking: 'mlock' }],
  ])
  t.match(up[2]?.value, { minBacking: 'memfd_secret' }, 'raised by the worker')
  t.equal(up[3]?.code, POLICY_ERROR)
})

t.test('a policy that is none', skip, async (t) => {
  const bad: readonly (readonly [unknown, string])[] = [
    [null, 'ERR_INVALID_ARG_TYPE'],
    ['mlock', 'ERR_INVALID_ARG_TYPE'],
    [{ minBacking: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ minBacking: 'weak' }, 'ERR_INVALID_ARG_VALUE'],
    [{ sealed: 'no' }, 'ERR_INVALID_ARG_TYPE'],
    [{ reserveBytes: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ reserveBytes: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ reserveBytes: 0.5 }, 'ERR_OUT_OF_RANGE'],
    [{ minBacking: 'memfd_secret', reserveBytes: -1 }, 'ERR_OUT_OF_RANGE'],
  ]
  const list = await outcomes([...bad.map(([policy]): Step => ['configure', policy]), ['configure', {}]])
  t.same(codes(list), [...bad.map(([, code]) => code), undefined])
  t.match(list.at(-1)?.value, { minBacking: 'mlock' }, 'nothing was taken over')
})
