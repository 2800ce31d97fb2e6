// npm run package:size: what the package weighs, as a table; with --write into README.md, between its markers, with --check
// fails where README.md says something else.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { root } from './native-sources.mjs'
import { npm } from './npm.mjs'
import { checksumsFile } from './prebuild-files.mjs'
import { StepError, main } from './run-command.mjs'

const readme = path.join(root, 'README.md')
const begin = '<!-- package-size:begin -->'
const end = '<!-- package-size:end -->'

const groups = [
  ['addon and preload library, x64', /^prebuilds\/linux-x64\//],
  ['addon and preload library, arm64', /^prebuilds\/linux-arm64\//],
  ['JavaScript', /^dist\//],
  ['declarations', /^types\//],
  ['documents and package.json', /./],
]

// In steps of ten, so that README.md is not stale after each change.
const kilobytes = (bytes) => `${Math.max(10, Math.round(bytes / 10_000) * 10)} kB`

async function table() {
  if (!existsSync(checksumsFile)) throw new StepError('Expected prebuilt files: run "npm run prebuild" first')
  const [packed] = JSON.parse(await npm(['pack', '--dry-run', '--json'], { cwd: root }))
  const rows = groups.map(([name]) => ({ name, size: 0 }))
  for (const file of packed.files) {
    const row = rows[groups.findIndex(([, pattern]) => pattern.test(file.path))]
    row.size += file.size
  }
  const lines = rows.map(({ name, size }) => `| ${name} | ${kilobytes(size)} |`)
  const total = `| **unpacked** | ${kilobytes(packed.unpackedSize)} |`
  const tarball = `| **the tarball** | ${kilobytes(packed.size)} |`
  return ['| part | size |', '| --- | --: |', ...lines, total, tarball].join('\n')
}

await main(async () => {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } })
  const text = await table()
  console.log(text)
  if (!values.write && !values.check) return 0
  const before = readFileSync(readme, 'utf8')
  const start = before.indexOf(begin)
  const stop = before.indexOf(end)
  if (start < 0 || stop < start) throw new StepError(`Expected ${begin} and ${end} in README.md`)
  const filled = `${before.slice(0, start + begin.length)}\n\n${text}\n\n${before.slice(stop)}`
  const options = (await resolveConfig(readme)) ?? {}
  const after = await format(filled, { ...options, parser: 'markdown' })
  if (values.write) writeFileSync(readme, after)
  if (values.check && after !== before)
    throw new StepError('README.md has other sizes: npm run package:size -- --write')
  return 0
})
