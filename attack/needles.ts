import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is looked for: the bytes of a file, since an argument list can be read by anyone. */
export interface Needle {
  form: string
  path: string
  bytes: Buffer
}

/** Forms in which memory and files, and the tools that print them, show the bytes of a secret. */
function formsOf(secret: Buffer): [string, Buffer][] {
  const text = (form: string, value: string): [string, Buffer] => [form, Buffer.from(value, 'latin1')]
  const hex = secret.toString('hex')
  return [
    ['raw', secret],
    ['reversed', Buffer.from(secret).reverse()],
    text('hex', hex),
    text('upper-case hex', hex.toUpperCase()),
    text('hex, spaced', (hex.match(/../g) ?? []).join(' ')),
    // The last characters depend on what follows the secret.
    text('base64', secret.toString('base64').slice(0, -4)),
    text('base64url', secret.toString('base64url').slice(0, -4)),
    text('decimal', secret.join(',')),
    text('decimal, spaced', secret.join(', ')),
  ]
}

/** Writes the needles of a secret into a folder. */
export function makeNeedles(secret: Buffer, folder: string): Needle[] {
  return formsOf(secret).map(([form, bytes], index) => {
    const path = join(folder, `needle-${index}`)
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' })
    return { form, path, bytes }
  })
}

export function readNeedle(form: string, path: string): Needle {
  return { form, path, bytes: readFileSync(path) }
}
