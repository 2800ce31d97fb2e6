import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bothOrders, middleOf } from './memory-scan'
import { environment } from './preload-library'

export const PASSPHRASE = 'correct horse'

/** Secret numbers of a private key. */
function numbersOf(name: string, key: KeyObject): [string, Buffer][] {
  const jwk = key.export({ format: 'jwk' })
  const parts = ['d', 'p', 'q'] as const
  return parts.flatMap((part) => {
    const value = jwk[part]
    return value === undefined ? [] : bothOrders(`${name} ${part}`, Buffer.from(value, 'base64url'))
  })
}

/** A self-signed certificate for localhost. */
export function certificateFor(keyFile: string, certificateFile: string): void {
  const args = ['req', '-x509', '-key', keyFile, '-out', certificateFile, '-subj', '/CN=localhost', '-days', '30']
  execFileSync('openssl', args, { env: environment(false), stdio: 'pipe', timeout: 240_000 })
}

/** Writes a fresh RSA key as PEM and answers what must not be readable. */
export function writeRsaKey(file: string): Map<string, Buffer> {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeFileSync(file, pem)
  return new Map([...numbersOf('rsa', key), ['rsa pem', middleOf(pem)]])
}

/** What must not be readable, and the text of a JWK, which is. */
export interface Written {
  secrets: Map<string, Buffer>
  jwkText: Buffer
}

/** Writes a file for each way that a key comes in, each with a key of its own. */
export function writeKeys(folder: string): Written {
  mkdirSync(folder, { recursive: true })
  const secrets = new Map<string, Buffer>()
  const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content)
  const add = (entries: [string, Buffer][]): void => entries.forEach(([name, bytes]) => secrets.set(name, bytes))

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const rsaPem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
  write('rsa.pem', rsaPem)
  add([...numbersOf('rsa', rsa), ['rsa pem', middleOf(rsaPem)]])

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  write('ec.der', ec.export({ type: 'pkcs8', format: 'der' }))
  add(numbersOf('ec', ec))

  for (const name of ['ed25519', 'x25519'] as const) {
    const key = name === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    write(`${name}.pem`, pem)
    add([...numbersOf(name, key.privateKey), [`${name} pem`, middleOf(pem)]])
  }

  const encrypted = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE } as const
  write('encrypted.pem', encrypted.export(options))
  const decrypted = encrypted.export({ type: 'pkcs8', format: 'pem' }).toString()
  add([...numbersOf('encrypted', encrypted), ['encrypted pem', middleOf(decrypted)]])

  const archived = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  write('archived.pem', archived.export({ type: 'pkcs8', format: 'pem' }))
  certificateFor(join(folder, 'archived.pem'), join(folder, 'archived.crt'))
  const pkcs12 = [
    'pkcs12',
    '-export',
    '-inkey',
    'archived.pem',
    '-in',
    'archived.crt',
    '-out',
    'archived.p12',
    '-passout',
  ]
  const run = { cwd: folder, env: environment(false), stdio: 'pipe', timeout: 240_000 } as const
  execFileSync('openssl', [...pkcs12, `pass:${PASSPHRASE}`], run)
  add(numbersOf('pkcs12', archived))

  const exported = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const jwk = exported.export({ format: 'jwk' })
  write('key.jwk', JSON.stringify(jwk))
  add(numbersOf('jwk', exported))

  const subtle = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  write('subtle.der', subtle.export({ type: 'pkcs8', format: 'der' }))
  add(numbersOf('webcrypto', subtle))

  for (const name of ['aes', 'chacha', 'hmac', 'hkdf', 'scrypt', 'pbkdf2', 'ecdh', 'subtle-aes', 'subtle-hmac']) {
    // Above the order of no curve, so that it serves ECDH too.
    const bytes = Buffer.concat([Buffer.from([1]), randomBytes(31)])
    write(`${name}.key`, bytes)
    add(bothOrders(name, bytes))
  }
  return { secrets, jwkText: Buffer.from(jwk.d ?? '') }
}
