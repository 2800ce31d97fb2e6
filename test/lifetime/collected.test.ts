import t from 'tap'
import { runFixture } from '../run-fixture'

interface Report {
  warnings: { code?: string; message: string; detail?: string }[]
  told: { byteLength: number; backing: string; stack: string }[]
}

async function abandon(options: Parameters<typeof runFixture>[1]): Promise<Report> {
  const { status, stdout, stderr } = await runFixture('abandon-secrets', options)
  if (status !== 0) throw new Error(`Expected status 0 but received ${status}\n${stderr}`)
  return JSON.parse(stdout) as Report
}

const WIPED = {
  collected: true,
  before: '0123456789abcdefg',
  wiped: true,
  collectedUndisposed: 2,
  secrets: 1,
  quarantinedBytes: 0,
}

if (process.platform !== 'linux') {
  t.pass('native memory is there on Linux only')
  process.exit()
}

const undisposed = ({ warnings }: Report): Report['warnings'] =>
  warnings.filter(({ code }) => code === 'MEMFD_SECRET_UNDISPOSED')

void t.test('what is collected undisposed is wiped, freed and counted; nothing is said unless asked', async (t) => {
  const report = await abandon({ env: { MEMFD_SECRET_TRACE: '' } })
  t.match(report, WIPED)
  t.same(undisposed(report), [])
  t.same(report.told, [])
})

void t.test('MEMFD_SECRET_TRACE=1 warns of each, with the stack that made it', async (t) => {
  const report = await abandon({ env: { MEMFD_SECRET_TRACE: '1' } })
  t.match(report, WIPED)
  const said = undisposed(report)
  t.equal(said.length, 2, 'and of none that was disposed')
  for (const { message } of said) t.match(message, /17 bytes was collected without dispose/)
  const details = said.map(({ detail }) => detail?.split('\n')[0] ?? '')
  t.ok(
    details.every((frame) => frame.includes('abandon-secrets')),
    'the first frame is the maker, not this package',
  )
  t.ok(details.some((frame) => frame.includes('makeAndForget')))
  t.notMatch(JSON.stringify(said), /0123456789abcdefg|one of five/)
})

void t.test('the channel memfd-secret:undisposed tells of each', async (t) => {
  const report = await abandon({ args: ['--listen'], env: { MEMFD_SECRET_TRACE: '' } })
  t.match(report, WIPED)
  t.equal(report.told.length, 2)
  for (const message of report.told) t.match(message, { byteLength: 17, backing: String, stack: String })
  t.same(undisposed(report), [])
})
