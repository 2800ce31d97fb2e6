// What must hold before a version is published, in order: what is quick to fail first, what takes minutes last.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../native-sources.mjs'
import { StepError, run } from '../run-command.mjs'
import { formProblems, releaseProblems } from './changelog.mjs'

async function checkTree() {
  const changed = await run('git', ['status', '--porcelain'])
  if (changed !== '') throw new StepError(`Expected a clean tree but received changes:\n${changed.trimEnd()}`)
}

function checkChangelog() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const text = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8')
  const problems = [...formProblems(text), ...releaseProblems(text, version)]
  if (problems.length > 0) throw new StepError(problems.join('\n'))
}

const script = (name, ...args) => ({ script: name, args })

/** Each either has an action, or is a script of package.json with its arguments. */
export const steps = [
  { name: 'clean tree', action: checkTree },
  { name: 'changelog has the version', action: checkChangelog },
  { name: 'types/ is current', ...script('types:check') },
  { name: 'build', ...script('build') },
  { name: 'lint', ...script('lint') },
  { name: 'format', ...script('format:check') },
  { name: 'format of C++', ...script('format:check:native') },
  { name: 'types', ...script('typecheck') },
  { name: 'documentation', ...script('docs') },
  { name: 'lint of C++', ...script('lint:native') },
  { name: 'prebuilds, the same bytes twice', ...script('prebuild', '--verify') },
  { name: 'binaries', ...script('check:binaries') },
  { name: 'binaries in musl', ...script('check:musl') },
  { name: 'publint', ...script('check:publint') },
  { name: 'are the types wrong', ...script('check:attw') },
  { name: 'sizes in README.md', ...script('package:size', '--check') },
  { name: 'package in a project of its own', ...script('test:package') },
  { name: 'tests', ...script('test') },
  { name: 'sanitizers', ...script('test:sanitize') },
  { name: 'runtimes, quick', ...script('test:runtimes', '--quick', '--no-build') },
  { name: 'kernels, quick', ...script('test:kernels', '--quick') },
]
