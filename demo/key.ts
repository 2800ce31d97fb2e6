import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Needle, readNeedle } from '../attack/needles'

const BITS = 2048

export interface KeyForTheRun {
  folder: string
  path: string
  publicKey: KeyObject
  description: string
  byteLength: number
  /** One line from the middle of the PEM text: what the attacker looks for. */
  textNeedle: Needle
  /** One of the key's primes as OpenSSL keeps a parsed number: lowest byte first. */
  primeNeedle: Needle
  /** A folder of its own for each victim: the kernel puts a core file into the working directory. */
  makeFolder(name: string): string
  remove(): void
}

function middleLine(pem: string): string {
  const lines = pem.trim().split('\n').slice(1, -1)
  const line = lines[Math.floor(lines.length / 2)]
  if (line === undefined || line.length < 48) throw new Error('Expected a PEM text of many lines for the key')
  return line
}

/** Makes a private key in a new folder of mode 0700, as a PKCS#8 PEM file of mode 0600, like a server's key file. */
export function makeKey(): KeyForTheRun {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: BITS })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const prime = Buffer.from(privateKey.export({ format: 'jwk' }).p ?? '', 'base64url')

  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-demo-'))
  const write = (name: string, bytes: string | Buffer): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' })
    return path
  }
  return {
    folder,
    path: write('key.pem', pem),
    publicKey,
    description: `RSA, ${BITS} bits, PKCS#8 PEM`,
    byteLength: Buffer.byteLength(pem),
    textNeedle: readNeedle('text', write('needle-text', middleLine(pem))),
    primeNeedle: readNeedle('reversed', write('needle-prime', prime.reverse())),
    makeFolder(name) {
      const path = join(folder, name)
      mkdirSync(path, { mode: 0o700 })
      return path
    },
    remove() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
