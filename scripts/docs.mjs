// npm run docs: static pages of the API from the docstrings, in build/api. Fails where an export lacks its documentation or
// its example, or where a link leads nowhere.
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Application, Converter } from 'typedoc'
import { checkLinks } from './docs/check-links.mjs'
import { complete } from './docs/complete.mjs'
import { readExamples } from './docs/examples.mjs'
import { root } from './native-sources.mjs'
import { StepError, main } from './run-command.mjs'

const out = path.join(root, 'build/api')

/** lib/NAME.ts -> what a user imports, for each entry of package.json. */
function entryPoints() {
  const { name, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const entries = Object.entries(exports).filter(([, entry]) => typeof entry === 'object')
  return new Map(entries.map(([part, { default: file }]) => [path.basename(file, '.js'), path.posix.join(name, part)]))
}

async function writePages() {
  const entries = entryPoints()
  const app = await Application.bootstrapWithPlugins({
    out,
    options: path.join(root, 'typedoc.json'),
    entryPoints: [...entries.keys()].map((name) => path.join(root, 'lib', `${name}.ts`)),
  })
  const examples = readExamples()
  const problems = []
  // As if they were written in the docstrings: before links are resolved.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = entries.get(module.name) ?? module.name
    problems.push(...complete(project, examples))
  })
  const project = await app.convert()
  if (!project) throw new StepError('Expected sources that compile but received the errors above')
  app.validate(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings() || problems.length > 0) {
    throw new StepError(problems.join('\n') || 'Expected a complete documentation but received the warnings above')
  }
  await app.generateOutputs(project)
}

await main(async () => {
  rmSync(out, { recursive: true, force: true })
  await writePages()
  const { pages, links, problems } = checkLinks(out)
  for (const problem of problems) console.error(problem)
  console.log(`docs: ${pages} pages, ${links} links, ${problems.length} problems, in ${path.relative(root, out)}/`)
  return problems.length === 0 ? 0 : 1
})
