import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Attack } from './attack'
import type { Report } from './results'

// No process of another program has it: locked memory and processes are counted by user.
const USER = 1_000_000 + process.pid

/** How setpriv(1) makes a user of that number, in no group, with no capability but those for reaching a folder of root's. */
function becomeUser(reach: boolean): string[] {
  const few = reach ? '-all,+dac_read_search,+dac_override' : '-all'
  const user = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', `--inh-caps=${few}`]
  return reach ? [...user, `--ambient-caps=${few}`] : user
}

function canRun(script: string, reach: boolean): boolean {
  const args = [...becomeUser(reach), process.execPath, script, '--help']
  return spawnSync('setpriv', args, { stdio: 'ignore', timeout: 30_000 }).status === 0
}

/** Runs the suite once more as a user without privileges. `script`: the suite's own. Throws where that cannot be done. */
export async function runAsUser(script: string, attacks: readonly Attack[]): Promise<Report> {
  const reach = !canRun(script, false)
  const only = ['--only', attacks.map(({ name }) => name).join(',')]
  // Or it would go on when this process is ended, and keep its folder till then.
  const ended = ['--pdeathsig', 'TERM']
  const args = [...ended, ...becomeUser(reach), process.execPath, script, '--as', 'user', '--json', '-', ...only]
  const child = spawn('setpriv', args, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0 && status !== 1) throw new Error(`Expected setpriv to run the suite but received status ${status}`)
  const { reports } = JSON.parse(text) as { reports: Report[] }
  const [report] = reports
  if (report === undefined) throw new Error('Expected the results of the user but received none')
  return report
}
