// npm run attack:protection-keys: the attacks that sealing is about, in a virtual machine whose processor has protection
// keys, for a machine that has none: there is QEMU's emulation of them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../../attack/paths'
import { wantsColour } from '../../../attack/report/colour'
import { insert, renderMarkdown } from '../../../attack/report/document'
import { renderTable } from '../../../attack/report/table'
import { sealingOf } from '../../../attack/report/words'
import type { Report } from '../../../attack/results'
import { runGuest } from '../../kernel-matrix/boot'
import { fetchKernel, openApt } from '../../kernel-matrix/debian'
import { requirePrograms } from '../../kernel-matrix/guest-image'
import { KERNELS } from '../../kernel-matrix/kernels'
import { ATTACKS } from './attacks'
import { makeAttackImage, MARK } from './guest'

const HELP = `Usage: npm run attack:protection-keys -- [--only NAME,...] [--docs]

Boots a kernel of Debian's in QEMU, with a processor that has protection keys, and makes the attacks there that sealing
is about, as root. Takes some ten minutes. --docs writes the table into docs/threat-model.md.

Exit status: 0 all is as that page says, 1 something is not, 2 wrong arguments.
`

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'memfd-secret/kernels')

async function attackInGuest(attacks: readonly string[]): Promise<Report> {
  requirePrograms(['qemu-system-x86_64', 'mke2fs', 'busybox', 'apt-get', 'dpkg'])
  const kernel = KERNELS.find(({ protectionKeys }) => protectionKeys)
  if (kernel === undefined) throw new Error('Expected a kernel with protection keys in the matrix but found none')
  mkdirSync(cache, { recursive: true })
  const { file } = await fetchKernel(await openApt(cache), kernel)
  const folder = join(tmpdir(), `memfd-secret-attack-guest-${process.pid}`)
  try {
    const image = await makeAttackImage(folder, cache, attacks)
    const onLine = (line: string) => {
      if (/^ *\d+ of \d+ /.test(line)) process.stderr.write(`${line}\n`)
    }
    // Dumps and the loot of attacks lie in its memory.
    const { text, how } = await runGuest({ ...kernel, kernel: file, image, onLine, memory: 2048, minutes: 60 })
    const line = text.split(/\r?\n/).find((one) => one.startsWith(MARK))
    if (line === undefined) throw new Error(`Expected results of the guest but received ${how}: ${text.slice(-2000)}`)
    const [report] = (JSON.parse(line.slice(MARK.length)) as { reports: Report[] }).reports
    if (report === undefined) throw new Error('Expected results of the guest but received none')
    return report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function main(): Promise<number> {
  const options = { only: { type: 'string' }, docs: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  if (values.help === true) {
    process.stdout.write(HELP)
    return 0
  }
  if (values.docs === true && values.only !== undefined) {
    process.stderr.write(`Expected all attacks for --docs but received --only\n\n${HELP}`)
    return 2
  }
  const report = await attackInGuest(values.only?.split(',') ?? ATTACKS)
  process.stdout.write(`\n${renderTable(report, wantsColour(process.stdout.isTTY, process.env))}`)
  if (sealingOf(report) !== 'a protection key') throw new Error('Expected a guest with protection keys')
  if (values.docs === true) {
    const page = join(ROOT, 'docs/threat-model.md')
    writeFileSync(page, insert(readFileSync(page, 'utf8'), 'attack-protection-keys', renderMarkdown(report)))
  }
  return report.problems.length === 0 ? 0 : 1
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    const usage = error instanceof TypeError && 'code' in error
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${HELP}` : ''}`)
    process.exitCode = usage ? 2 : 1
  },
)
