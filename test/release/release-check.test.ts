import t from 'tap'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../lib/addon-file'

const script = (name: string): string => join(packageRoot(), 'scripts', name)

function run(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [script(name), ...args], { encoding: 'utf8', timeout: 240_000 })
}

/** What an expression gives in a program that has the exports of a script, as the scripts are modules and this is not. */
function evaluate(name: string, expression: string): unknown {
  const url = JSON.stringify(pathToFileURL(script(name)).href)
  const program = `import * as script from ${url}; process.stdout.write(JSON.stringify(${expression}))`
  const args = ['--input-type=module', '--eval', program]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })
  if (stdout === '') throw new Error(`Expected an answer but received: ${stderr}`)
  return JSON.parse(stdout)
}

void t.test('release:check --list, --help and a wrong word', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const listed = run('release-check.mjs', '--list').stdout.trimEnd().split('\n')
  t.ok(listed.length > 15)
  for (const [, name = ''] of listed.join('\n').matchAll(/npm run ([\w:-]+)/g)) t.ok(name in scripts, name)
  t.match(run('release-check.mjs', '--help'), { status: 0, stdout: /^Usage: / })
  t.match(run('release-check.mjs', 'nothing-of-this-name'), { status: 1, stderr: /Expected the name of a step/ })
  t.match(run('release-check.mjs', '--nothing'), { status: 1, stderr: /Usage: / })
})

void t.test('test:runtimes --list, --help and a wrong runtime', async (t) => {
  const { stdout } = run('test-runtimes.mjs', '--list')
  for (const id of ['node20', 'node22', 'node24', 'node26', 'bun', 'bun-musl', 'deno', 'arm64-user', 'arm64-kernel']) {
    t.match(stdout, new RegExp(`^${id}: `, 'm'))
  }
  t.match(run('test-runtimes.mjs', '--help'), { status: 0, stdout: /^Usage: / })
  t.match(run('test-runtimes.mjs', '--only=node19'), { status: 1, stderr: /Expected a runtime of the list/ })
})

void t.test('the form of CHANGELOG.md', async (t) => {
  const text = readFileSync(join(packageRoot(), 'CHANGELOG.md'), 'utf8')
  t.same(evaluate('release/changelog.mjs', `script.formProblems(${JSON.stringify(text)})`), [])
  const wrong = '# Changelog\n\n## [1.0.0]\n\n### Added\n\n## 1.1.0 - 2026-01-01\n\n### New\n'
  t.match(evaluate('release/changelog.mjs', `script.formProblems(${JSON.stringify(wrong)})`), [
    /a date for each version.*"## \[1\.0\.0\]"/,
    /"## 1\.1\.0 - 2026-01-01"/,
    /"### New"/,
  ])
})

void t.test('a version that the changelog lacks, and one that it has', async (t) => {
  const problems = (text: string, version: string) =>
    evaluate('release/changelog.mjs', `script.releaseProblems(${JSON.stringify(text)}, '${version}')`)
  const text = '# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n\n### Added\n\n- All.\n'
  t.same(problems(text, '1.0.0'), [])
  t.match(problems(text, '1.0.1'), [/Expected a section "## \[1\.0\.1\] - YYYY-MM-DD"/])
  t.match(problems(text.replace('- All.', ''), '1.0.0'), [/Expected changes in the section/])
  t.match(problems(text.replace('## [1.0.0]', '- More.\n\n## [1.0.0]'), '1.0.0'), [/some in Unreleased/])
})

void t.test('links that lead nowhere are found', async (t) => {
  const folder = t.testdir({
    'index.html': '<a href="a.html#there">x</a><a href="https://elsewhere.test/">x</a><img src="icons.svg#one">',
    'a.html': '<p id="there"><a href="index.html#gone">x</a><a href="b/none.html?x">x</a><a href="#there">x</a></p>',
    'icons.svg': '<svg><g id="one"></g></svg>',
  })
  t.same(evaluate('docs/check-links.mjs', `script.checkLinks(${JSON.stringify(folder)})`), {
    pages: 2,
    links: 5,
    problems: ['a.html: no such place: index.html#gone', 'a.html: no such file: b/none.html?x'],
  })
})
