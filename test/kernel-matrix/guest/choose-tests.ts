/** The native test program; `test/native:WORD` runs those of its tests whose name contains the word. */
export const NATIVE = 'test/native'

/** The tests that depend on the kernel, below out/. */
const USUAL_TESTS = [
  NATIVE,
  'test/kernel-matrix/guest/this-kernel.test.js',
  'test/detection/limits.test.js',
  'test/detection/refusals.test.js',
  'test/configure.test.js',
  'test/assert-support.test.js',
  'test/preload/limits.test.js',
] as const

/** Elsewhere mprotect seals, as on most hosts. */
const WITH_PROTECTION_KEYS = ['at-rest', 'in-use', 'limits', 'sharing'].map((name) => `test/sealing/${name}.test.js`)

/**
 * The tests whose path contains one of the words: of the usual ones, or, for a word that is in none of these, of all that
 * are compiled. All the usual ones without a word.
 */
export function chooseTests(words: readonly string[], compiled: readonly string[], protectionKeys = false): string[] {
  if (words.length === 0) return [...USUAL_TESTS, ...(protectionKeys ? WITH_PROTECTION_KEYS : [])]
  const all = compiled.filter((name) => name.endsWith('.test.js')).sort()
  const chosen = words.flatMap((word) => {
    if (word.startsWith(`${NATIVE}:`)) return [word]
    const usual = USUAL_TESTS.filter((name) => name.includes(word))
    return usual.length > 0 ? usual : all.filter((name) => name.includes(word))
  })
  return [...new Set(chosen)]
}
