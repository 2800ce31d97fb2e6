import { endOf, runChild } from '../child'
import { type Context, type Part, Tally } from '../outcome'
import { built, importScript } from '../paths'

const LONGEST = 600

interface Sanitizing {
  buildSanitizedTests: (name: 'address') => Promise<string>
}

/** What the native tests, each of which looks for leaks as it ends, said. */
export function readTests(stdout: string): { run: number; skipped: string[]; failed: string[] } {
  const lines = stdout.split('\n')
  const ended = lines.filter((line) => line.startsWith('ok '))
  const skipped = ended
    .flatMap((line) => /^ok \d+ - (.*)$/.exec(line)?.[1] ?? [])
    .filter((name) => / # SKIP /.test(name))
  const failed = lines.flatMap((line) => /^not ok \d+ - (.*)$/.exec(line)?.[1] ?? [])
  return { run: ended.length - skipped.length, skipped, failed }
}

async function lookForLeaks(tally: Tally, command: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const ended = await runChild(command, { seconds: LONGEST, env })
  const { run, skipped, failed } = readTests(ended.stdout)
  tally.count('rounds', run)
  for (const name of skipped) tally.note(name)
  if (ended.status !== 0 || run === 0) tally.fail([...failed, endOf(ended)].join('\n'))
}

/** The native tests under LeakSanitizer. */
async function bySanitizer(tally: Tally, progress: Context['progress']): Promise<void> {
  const { buildSanitizedTests } = (await importScript('sanitize-tests.mjs')) as Sanitizing
  progress('building the native tests with the address sanitizer')
  const program = await buildSanitizedTests('address')
  progress('running them')
  await lookForLeaks(tally, [program], { ASAN_OPTIONS: 'detect_leaks=1' })
}

/** An exit status that no test has. */
const LEAKED = 99

/**
 * Tests whose name holds a word, under valgrind: nothing is built for it, and it is slow. It knows no memfd_secret(2), which
 * it answers by ENOSYS: those that map locked memory run, and those that need the call are skipped.
 */
export async function lookByValgrind(word: string): Promise<Tally> {
  const tally = new Tally()
  const options = ['--leak-check=full', '--errors-for-leak-kinds=definite', `--error-exitcode=${LEAKED}`, '--quiet']
  await lookForLeaks(tally, ['valgrind', ...options, built('native_test'), word], {})
  return tally
}

export const LEAKS_PART: Part = {
  name: 'leaks',
  title: 'the native tests under LeakSanitizer, each of which looks for leaks as it ends',
  share: 1,
  async run({ progress }) {
    const tally = new Tally()
    await bySanitizer(tally, progress)
    return tally
  },
}
