import t from 'tap'
import { runFixture } from '../run-fixture'

for (const kind of ['read', 'write', 'randomFill', 'deflateRaw', 'gzip', 'brotli', 'socket']) {
  void t.test(`${kind} on bytes whose secret is disposed meanwhile`, async (t) => {
    const { status, signal, stdout, stderr } = await runFixture('io-in-flight', { args: [kind] })
    t.match({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: 'intact\n' })
  })
}
