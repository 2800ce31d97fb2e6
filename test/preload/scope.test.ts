// The table of scope "keys" (src/preload/scope.cc), from both sides: no file that ever allocates what holds a key is left to
// malloc, and of TLS what is left out is found.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../lib/addon-file'
import { certificateFor, writeKeys, writeRsaKey } from './key-material'
import { libraryWithout, witness } from './key-witness'
import { environment, library, whyNoScan } from './preload-library'
import { findInTls } from './tls-secrets'

const folder = t.testdir({})
const keys = join(folder, 'keys')
const skip = spawnSync('g++', ['--version']).error === undefined ? whyNoScan() : 'needs g++'

/** Those of the files whose allocations the library takes. */
function secretAmong(files: readonly string[]): string[] {
  const program = join(packageRoot(), 'build/Release/fake_openssl')
  const env = environment(false, { LD_PRELOAD: library })
  const { status, stdout, stderr } = spawnSync(program, ['files'], {
    env,
    input: files.map((name) => `${name}\n`).join(''),
    encoding: 'utf8',
    timeout: 240_000,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim().split('\n')
}

/** What must be seen to hold keys, in every Node.js: else the witness is blind. */
const HOLDERS = [
  /\/crypto\/asn1\/asn1_lib\.c$/,
  /\/crypto\/asn1\/tasn_enc\.c$/,
  /\/crypto\/bn\/bn_lib\.c$/,
  /\/crypto\/buffer\/buffer\.c$/,
  /\/crypto\/ec\/ecx_key\.c$/,
  /\/crypto\/evp\/encode\.c$/,
  /\/crypto\/param_build\.c$/,
  /\/crypto\/params\.c$/,
  /\/crypto\/pem\/pem_lib\.c$/,
  /\/crypto\/pkcs12\/p12_decr\.c$/,
  /\/providers\/implementations\/ciphers\/cipher_aes_gcm\.c$/,
  /\/providers\/implementations\/ciphers\/cipher_chacha20_poly1305\.c$/,
  /\/(?:src\/crypto|deps\/ncrypto)\//,
]

t.test('each file that allocates what holds a key is in the scope', { skip }, async (t) => {
  const { secrets } = writeKeys(keys)
  const seen = await witness(keys, secrets, folder)
  const files = [...seen.keys()]
  for (const holder of HOLDERS)
    t.ok(
      files.some((file) => holder.test(file)),
      String(holder),
    )
  t.strictSame(secretAmong(files), files)
  t.strictSame(secretAmong(['../deps/openssl/openssl/crypto/stack/stack.c', ...files]), files, 'and not each file is')
})

const OF_TLS = {
  'ssl/ssl_lib.c': /TLSv1\.3 \w+_TRAFFIC_SECRET_0$/,
  'ssl/ssl_sess.c': /TLSv1\.2 CLIENT_RANDOM$/,
  'providers/implementations/ciphers/': /TLSv1\.3 \w+_TRAFFIC_SECRET_0 key$/,
}

for (const [file, name] of Object.entries(OF_TLS)) {
  // Newer ones allocate the same elsewhere within ssl/.
  t.test(`without ${file} the secrets of TLS are found`, { skip }, async (t) => {
    const key = writeRsaKey(join(folder, 'server.pem'))
    certificateFor(join(folder, 'server.pem'), join(folder, 'server.crt'))
    const env = { LD_PRELOAD: libraryWithout(file, folder) }
    const { found } = await findInTls(folder, key, { preload: true, env })
    t.ok(
      found.some((each) => name.test(each)),
      found.join(', '),
    )
  })
}
