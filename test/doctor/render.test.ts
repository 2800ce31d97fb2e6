import t from 'tap'
import { examine } from '../../lib/doctor/examine'
import { render, renderJson, wantsColour } from '../../lib/doctor/render'
import { FALLEN_BACK, simulateSupport, simulateSurroundings } from './simulated'

const memlock = { soft: Infinity, hard: Infinity, used: null, capIpcLock: false }
const report = examine(simulateSupport({ ...FALLEN_BACK, memlock }), simulateSurroundings(), {
  minBacking: 'memfd_secret',
  version: '1.2.3',
})

t.test('colour: on a terminal, unless the environment says otherwise', async (t) => {
  t.equal(wantsColour(true, {}), true)
  t.equal(wantsColour(true, { CI: 'true' }), true)
  t.equal(wantsColour(false, {}), false)
  t.equal(wantsColour(true, { NO_COLOR: '1' }), false)
  t.equal(wantsColour(true, { NO_COLOR: '' }), true, 'empty is not set')
  t.equal(wantsColour(true, { TERM: 'dumb' }), false)
  t.equal(wantsColour(false, { FORCE_COLOR: '1' }), true)
  t.equal(wantsColour(true, { FORCE_COLOR: '0' }), false)
  t.equal(wantsColour(true, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
})

t.test('for a person', async (t) => {
  const text = render(report, false)
  t.match(text, /^memfd-secret 1\.2\.3, kernel 6\.12\.117 \(x86_64\)\n/)
  t.match(text, /\n {2}error {5}support/)
  t.match(text, /Remedy: Turn it on: secretmem\.enable=1/)
  t.match(text, /Required: memfd_secret or stronger: NOT met\n$/)
  t.notMatch(text, /\u001b/)
  t.ok(
    text.split('\n').every((line) => line.length <= 100),
    'no line is longer than 100 characters',
  )
  const coloured = render(report, true)
  t.match(coloured, /\u001b\[31merror/)
  t.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), text, 'colours change nothing else')
})

t.test('for a machine', async (t) => {
  const parsed = JSON.parse(renderJson(report)) as Record<string, unknown>
  t.same(Object.keys(parsed), ['schemaVersion', 'version', 'minBacking', 'met', 'support', 'findings'])
  t.match(parsed, {
    schemaVersion: 1,
    version: '1.2.3',
    minBacking: 'memfd_secret',
    met: false,
    support: { backing: 'mlock', memlock: { soft: 'unlimited', hard: 'unlimited', used: null } },
  })
  t.match(parsed['findings'], [{ id: 'support', level: 'error', message: String, remedy: String }])
})
