import t from 'tap'
import { SecretBuffer } from '../../lib/secret-buffer'
import { liveSecrets } from './live'
import { BAD_ENCODING, MARKER, refuses } from './thrown'

type Encoding = 'hex' | 'base64' | 'base64url'

/** Neither the base64 text nor its end are what Node's own lenient decoder would take for the same. */
const MALFORMED: Record<Encoding, readonly string[]> = {
  hex: [
    '',
    'a',
    'abc',
    'zz',
    '0x00',
    '00 00',
    '00\n',
    ' 00',
    'gg',
    '0g',
    'g0',
    '0/',
    '0:',
    '0@',
    '0`',
    'AÀ',
    '\u0130\u0130',
    '００',
  ],
  base64: [
    '',
    'A',
    'AA',
    'AAA',
    'AA=',
    'A===',
    '=',
    '====',
    'AAAA=',
    'AAAA====',
    'AA==AAAA',
    'AAA=AAAA',
    'AA==\n',
    ' AAAA',
    'AAAA\n',
    'AA AA',
    'AA-_',
    'A*AA',
    'AB==',
    'AAB=',
    'AA=A',
    'AAAÁ',
    'AAA\u0141',
  ],
  base64url: [
    '',
    'A',
    'AAAAA',
    'AA=',
    'AA===',
    '=',
    '====',
    'AAAA=',
    'AA+/',
    'AB',
    'AAB',
    'AB==',
    'AAB=',
    'AA A',
    'AAA\n',
    'AAA\u0141',
  ],
}

t.test('well-formed text of every length', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 66 }, (_, i) => (i * 37 + 251) & 255))
  for (let length = 1; length <= bytes.length; ++length) {
    const part = bytes.subarray(0, length)
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const secret = SecretBuffer.from(part.toString(encoding), encoding)
      t.ok(secret.equals(part), `${encoding} of ${length}`)
      t.equal(secret.byteLength, length)
      secret.dispose()
    }
  }
})

t.test('every digit', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    t.ok(SecretBuffer.from(all.toString(encoding), encoding).equals(all), encoding)
  }
  t.ok(SecretBuffer.from(all.toString('hex').toUpperCase(), 'hex').equals(all), 'upper case')
  t.ok(SecretBuffer.from('aB', 'HEX' as BufferEncoding).equals(Buffer.from([0xab])), 'the name in any case')
  t.ok(SecretBuffer.from('_-8=', 'base64url').equals(Buffer.from([255, 239])), 'padding is optional')
  t.ok(SecretBuffer.from('_-8', 'base64url').equals(Buffer.from([255, 239])))
})

t.test('malformed text is refused, and never shown', async (t) => {
  const before = liveSecrets()
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    for (const text of MALFORMED[encoding]) {
      const error = refuses(
        () => SecretBuffer.from(text, encoding),
        BAD_ENCODING,
        `${encoding} ${JSON.stringify(text)}`,
      )
      t.match(error.message, encoding)
      t.type(error.hint, 'string')
    }
    refuses(() => SecretBuffer.from(MARKER, encoding), BAD_ENCODING, encoding)
  }
  t.equal(liveSecrets(), before, 'nothing of the text stays')
})

t.test('each character of long text is looked at', async () => {
  const good = Buffer.alloc(48, 7)
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    const text = good.toString(encoding)
    for (let i = 0; i < text.length; ++i) {
      for (const wrong of ['!', '\0', '\u0100', '\u0431', '\ud83d']) {
        const bad = text.slice(0, i) + wrong + text.slice(i + 1)
        refuses(() => SecretBuffer.from(bad, encoding), BAD_ENCODING, `${encoding} with another character ${i}`)
      }
    }
  }
})

t.test('the text is not left with the regular expressions', async (t) => {
  // V8 keeps the last text that one matched, whole.
  const keptAfter = (act: () => void): string => {
    if (/^unrelated$/.test('unrelated')) act()
    return (RegExp as unknown as { input: string }).input
  }
  const hex = Buffer.from(MARKER).toString('hex')
  const decode = (text: string): void => {
    try {
      SecretBuffer.from(text, 'hex').dispose()
    } catch {
      // Malformed.
    }
  }
  t.equal(
    keptAfter(() => decode(hex)),
    'unrelated',
  )
  t.equal(
    keptAfter(() => decode(`${hex}\u0141`)),
    'unrelated',
  )
  t.equal(
    keptAfter(() => decode(`${hex}0`)),
    'unrelated',
  )
})
