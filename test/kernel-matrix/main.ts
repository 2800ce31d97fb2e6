// npm run test:kernels: boots real kernels in QEMU, without KVM, and runs the tests that depend on the kernel in each.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../lib/addon-file'
import { boot } from './boot'
import { type Apt, fetchKernel, openApt } from './debian'
import { makeImage, ownUserland, requirePrograms } from './guest-image'
import { armUserland } from './arm-userland'
import { type Architecture, type GuestKernel, KERNELS, nameOf, quickKernels } from './kernels'
import { problemsOf, type Row, renderTable, insertTable } from './table'

const HELP = `Usage: npm run test:kernels -- [options] [TEST...]

Boots Debian's kernels in QEMU and runs the tests that depend on the kernel in each, as root and as an ordinary user:
those whose path contains one of the words, or all. A word that is in none of their paths chooses among all that are
compiled; test/native:WORD runs a part of the native tests. Kernels are kept in ~/.cache/memfd-secret/kernels.

Options:
  --arch x64|arm64  only this architecture (default: x64)
  --all             every kernel of both architectures
  --quick           two boots of one kernel, without support and with it, and fewer tests
  --fetch           only fetches what is booted
  --series PREFIX   only kernels whose version starts so: 6.12.
  --only WORD       only boots whose name contains it: pkey (--list prints the names)
  --tests WORDS     the same as TEST..., divided by commas
  --list            only prints the names of what is booted
  --json FILE       where the result goes (default: kernel-matrix.json in the cache)
  --docs            writes each architecture's table to docs/kernel-support.md
  --jobs N          how many guests at a time (default: 2)
  --help            print this

Exit status: 0 all held, 1 something did not, 2 wrong arguments.
`

/** Of this run: two may be under way. */
const working = join(tmpdir(), `memfd-secret-kernels-${process.pid}`)
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'memfd-secret/kernels')

function parse() {
  const options = {
    arch: { type: 'string' },
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    fetch: { type: 'boolean', default: false },
    series: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    tests: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const { arch, jobs } = values
  if (arch !== undefined && arch !== 'x64' && arch !== 'arm64')
    throw new Error(`Expected x64 or arm64 for --arch but received '${arch}'`)
  if (!/^[1-9]\d?$/.test(jobs)) throw new Error(`Expected a number for --jobs but received '${jobs}'`)
  // The page's tables are of whole runs.
  const tests = [...positionals, ...values.tests.split(',').filter((word) => word !== '')]
  if (values.docs && (values.quick || values.series !== '' || values.only !== '' || tests.length > 0))
    throw new Error('Expected --docs without --quick, --series, --only and names of tests')
  return { ...values, arch, jobs: Number(jobs), tests }
}

/** Each of the rest takes minutes in an emulated machine. */
const QUICK_TESTS = ['this-kernel', 'limits']

type Options = ReturnType<typeof parse>

function wantedKernels({ arch, all, quick, series, only }: Options): readonly GuestKernel[] {
  const named = KERNELS.filter((kernel) => kernel.series.startsWith(series) && nameOf(kernel).includes(only))
  if (quick) return named.filter((kernel) => quickKernels().includes(kernel))
  if (all) return named.filter((kernel) => arch === undefined || kernel.arch === arch)
  return named.filter((kernel) => kernel.usual && kernel.arch === (arch ?? 'x64'))
}

async function imagesFor(
  kernels: readonly GuestKernel[],
  apt: Apt,
  tests: readonly string[],
): Promise<Map<Architecture, string>> {
  const images = new Map<Architecture, string>()
  for (const arch of new Set(kernels.map((kernel) => kernel.arch))) {
    const userland = arch === process.arch ? await ownUserland() : await armUserland(cache, apt)
    const folder = join(working, arch)
    mkdirSync(folder, { recursive: true })
    images.set(arch, await makeImage(folder, userland, tests))
  }
  return images
}

async function bootOne(kernel: GuestKernel, apt: Apt, image: string): Promise<Row> {
  const started = performance.now()
  const secondsSince = () => Math.round((performance.now() - started) / 1000)
  const { version, file } = await fetchKernel(apt, kernel)
  const name = `${version}: ${nameOf(kernel)}`
  console.error(`${name}: booting`)
  const onLine = (line: string) => console.error(`${name}: ${line}`)
  try {
    const result = await boot({ ...kernel, kernel: file, image, onLine })
    return { kernel, version, result, error: null, seconds: secondsSince() }
  } catch (error) {
    return {
      kernel,
      version,
      result: null,
      error: error instanceof Error ? error.message : String(error),
      seconds: secondsSince(),
    }
  }
}

/** Runs some at a time, in order. */
async function inTurn<T, R>(items: readonly T[], jobs: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) results[index] = await act(item)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return results
}

async function run(options: Options): Promise<number> {
  const kernels = wantedKernels(options)
  if (kernels.length === 0) throw new Error('Expected one kernel at least to be meant but received none')
  if (options.list) {
    for (const kernel of kernels) console.log(nameOf(kernel))
    return 0
  }
  const emulators = kernels.map(({ arch }) => (arch === 'x64' ? 'qemu-system-x86_64' : 'qemu-system-aarch64'))
  requirePrograms([...new Set(emulators), 'mke2fs', 'busybox', 'apt-get', 'dpkg'])
  mkdirSync(cache, { recursive: true })
  const apt = await openApt(cache)
  if (options.fetch) {
    for (const kernel of kernels) console.log((await fetchKernel(apt, kernel)).file)
    return 0
  }
  const tests = options.quick && options.tests.length === 0 ? QUICK_TESTS : options.tests
  const images = await imagesFor(kernels, apt, tests)
  const rows = await inTurn(kernels, options.jobs, (kernel) => bootOne(kernel, apt, images.get(kernel.arch) ?? ''))
  const table = renderTable(rows)
  const date = new Date().toISOString().slice(0, 10)
  const json = options.json ?? join(cache, 'kernel-matrix.json')
  writeFileSync(json, `${JSON.stringify({ schemaVersion: 1, date, rows }, null, 2)}\n`)
  console.log(`${table}\n\nWritten to ${json}`)
  if (options.docs) {
    const page = join(packageRoot(), 'docs/kernel-support.md')
    for (const arch of new Set(kernels.map((kernel) => kernel.arch))) {
      const part = renderTable(rows.filter(({ kernel }) => kernel.arch === arch))
      writeFileSync(page, insertTable(readFileSync(page, 'utf8'), arch, part, date))
    }
  }
  const problems = rows.flatMap((row) =>
    problemsOf(row).map((problem) => `${row.version}: ${nameOf(row.kernel)}: ${problem}`),
  )
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
}

async function main(): Promise<number> {
  let options: Options
  try {
    options = parse()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return 2
  }
  if (options.help) {
    console.log(HELP)
    return 0
  }
  try {
    return await run(options)
  } finally {
    rmSync(working, { recursive: true, force: true })
  }
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
