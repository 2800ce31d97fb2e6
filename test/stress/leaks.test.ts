import t from 'tap'
import { lookByValgrind, readTests } from '../../stress/leaks/part'
import { has } from '../detection/refusing'

/** Of the native tests: those of secrets' slots, of searches and of texts. */
const WORDS = ['slot', 'audit', 'codec']

t.test('what the native tests said is read', async (t) => {
  const told =
    'TAP version 14\n1..3\nok 1 - one\nok 2 - two # SKIP memfd_secret: Function not implemented\nnot ok 3 - three\n'
  t.same(readTests(told), {
    run: 1,
    skipped: ['two # SKIP memfd_secret: Function not implemented'],
    failed: ['three'],
  })
})

t.test(
  'no native test leaks, by valgrind',
  { skip: !has('valgrind') && 'lacks valgrind', timeout: 240_000 },
  async (t) => {
    for (const word of WORDS) {
      const { figures, failures } = await lookByValgrind(word)
      t.same(failures, [], word)
      t.ok((figures.rounds ?? 0) > 0, `${figures.rounds} tests of ${word}`)
    }
  },
)
