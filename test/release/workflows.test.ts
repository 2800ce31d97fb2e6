import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { packageRoot } from '../../lib/addon-file'

// GitHub's workflows cannot be run here. What can be told of them: they are YAML, and do nothing but call scripts that exist.

interface Step {
  uses?: string
  run?: string
}
interface Job {
  'runs-on'?: string
  uses?: string
  needs?: string | string[]
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  steps?: Step[]
}
interface Workflow {
  name: string
  on: Record<string, unknown>
  permissions: Record<string, string>
  jobs: Record<string, Job>
}

const folder = join(packageRoot(), '.github/workflows')
const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const workflows = new Map(
  readdirSync(folder).map((name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as Workflow]),
)

const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps)
const scriptsOf = (workflow: Workflow): string[] =>
  stepsOf(workflow).flatMap(({ run = '' }) => [
    ...[...run.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
    ...(/\bnpm test\b/.test(run) ? ['test'] : []),
  ])

for (const [name, workflow] of workflows) {
  void t.test(name, async (t) => {
    for (const script of scriptsOf(workflow)) t.ok(script in scripts, `npm run ${script} is a script of package.json`)
    t.same(workflow.permissions, { contents: 'read' }, 'reads alone, unless a job says more')
    for (const [id, job] of Object.entries(workflow.jobs)) {
      const needed = [job.needs ?? []].flat()
      t.ok(
        needed.every((other) => other in workflow.jobs),
        `${id} needs jobs that are there`,
      )
      if (job.uses !== undefined) continue
      t.type(job['runs-on'], 'string', `${id} says where it runs`)
      t.type(job['timeout-minutes'], 'number', `${id} has a time limit`)
      for (const step of job.steps ?? []) t.equal([step.uses, step.run].filter(Boolean).length, 1, `a step of ${id}`)
    }
  })
}

void t.test('ci.yml calls what a release rests on', async (t) => {
  const called = new Set(scriptsOf(workflows.get('ci.yml') as Workflow))
  for (const script of [
    'lint',
    'typecheck',
    'docs',
    'test',
    'prebuild',
    'test:package',
    'test:runtimes',
    'test:kernels',
  ]) {
    t.ok(called.has(script), script)
  }
})

void t.test('release.yml publishes with provenance, after all of ci.yml', async (t) => {
  const { jobs, on } = workflows.get('release.yml') as Workflow
  t.same(on, { push: { tags: ['v*.*.*'] } })
  t.match(jobs['ci'], { uses: './.github/workflows/ci.yml' })
  t.match(jobs['publish'], { needs: 'ci', permissions: { 'id-token': 'write' } })
  const runs = (jobs['publish']?.steps ?? []).map(({ run }) => run)
  t.ok(runs.includes('npm publish --provenance --access public'))
})
