import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(__dirname, '../../..')

/** The rows of the README's table of promises: [promise, tests]. */
function promises(): [string, string][] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const section = /\n## What it promises\n([^]*?)\n## /.exec(readme)?.[1] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:promise|-)/.test(line))
  return rows.map((row) => {
    const [, promise = '', tests = ''] = row.split('|').map((cell) => cell.trim())
    return [promise, tests]
  })
}

const isTest = (name: string): boolean =>
  name === 'test/native'
    ? existsSync(join(root, name))
    : existsSync(join(root, 'test', `${name}.test.ts`)) || existsSync(join(root, 'test', name))

t.test('each promise of the README names tests that exist', async (t) => {
  const all = promises()
  t.ok(all.length >= 15, 'the table was found')
  for (const [promise, tests] of all) {
    const names = [...tests.matchAll(/`(?:npm test -- )?([\w/-]+)`/g)].map((match) => match[1] ?? '')
    t.not(names.length, 0, promise)
    for (const name of names) t.ok(isTest(name), `${promise}: ${name}`)
    for (const [, file = ''] of tests.matchAll(/\((\w+\.cc)\)/g)) {
      t.ok(existsSync(join(root, 'test/native', file)), file)
    }
  }
})

t.test('each page that the README links to exists', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '')
  t.ok(links.length > 5)
  for (const link of links) t.ok(existsSync(join(root, link)), link)
})
