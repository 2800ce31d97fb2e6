import t from 'tap'
import { runFuzz } from './run-fuzz'

t.test('help and list', async (t) => {
  t.match(await runFuzz(['--help']), { status: 0, stdout: /^Usage: npm run fuzz/, stderr: '' })
  const list = await runFuzz(['--list'])
  t.match(list, { status: 0, stdout: 'arena\ndecoders\nreceived_descriptor\nsecret_descriptor\n' })
  t.match(await runFuzz(['--list', '--only', 'decoders,arena']), { stdout: 'arena\ndecoders\n' })
})

t.test('wrong arguments: status 2, and what was expected', async (t) => {
  for (const [args, message] of [
    [['--for', 'ever'], "Expected a time such as 30s, 10m or 2h for --for but received 'ever'"],
    [['--for', '0s'], "for --for but received '0s'"],
    [['--for', '3s'], 'Expected a second or more for each of 4 targets'],
    [['--only', 'oven'], "for --only but received 'oven'"],
    [['--only', ''], "for --only but received ''"],
    [['--seed', '0'], "Expected 1 to 4294967295 for --seed but received '0'"],
    [['--seed', '4294967296'], 'for --seed'],
    [['--seed', '-1'], '--seed'],
    [['--targets', 'nowhere'], "for --targets but received 'nowhere'"],
    [['arena'], 'arena'],
  ] as const) {
    const { status, stdout, stderr } = await runFuzz(args)
    t.equal(status, 2, args.join(' '))
    t.ok(stderr.includes(message), stderr)
    t.match(stderr, /Usage: npm run fuzz/)
    t.equal(stdout, '')
  }
})

t.test('without clang it says what to install', async (t) => {
  const { status, stderr } = await runFuzz(['--build'], { PATH: t.testdir() })
  t.equal(status, 1)
  t.match(stderr, /Expected clang with libFuzzer but .*: apt-get install clang-\d+ libclang-rt-\d+-dev\n/)
})
