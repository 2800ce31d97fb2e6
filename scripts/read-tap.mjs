// Reads the TAP of one program: what passed, what failed and why, what was skipped.
import { inspect } from 'node:util'

const indent = (text, by) => text.replaceAll(/^/gm, ' '.repeat(by))

/** A failed assertion with its diagnostics, as text. */
function describe(result) {
  const lines = [result.fullname || result.name]
  for (const [key, value] of Object.entries(result.diag ?? {})) {
    const text = typeof value === 'string' ? value.trimEnd() : inspect(value, { depth: 6, breakLength: 100 })
    lines.push(text.includes('\n') ? `  ${key}:\n${indent(text, 4)}` : `  ${key}: ${text}`)
  }
  return lines.join('\n')
}

/**
 * `Parser` is tap-parser's. Returns `write` for the program's output, and `end`, which resolves to the counts (tests are
 * the top-level points; skips count at any depth) and the failures as text.
 */
export function readTap(Parser) {
  const report = { passed: 0, failed: 0, skipped: [], failures: [], other: [] }

  const watch = (parser, depth) => {
    parser.on('child', (child) => watch(child, depth + 1))
    parser.on('extra', (line) => report.other.push(line))
    parser.on('assert', (result) => {
      const excused = result.skip || result.todo
      if (excused) {
        const reason = typeof excused === 'string' ? `: ${excused}` : ''
        report.skipped.push(`${result.fullname || result.name}${reason}`)
      } else {
        if (depth === 0) report[result.ok ? 'passed' : 'failed'] += 1
        // The point that closes a subtest only repeats what failed inside it, unless it says why itself.
        const hasOwnReason = result.tapError || !result.closingTestPoint
        if (!result.ok && hasOwnReason) report.failures.push(describe(result))
      }
    })
  }

  const parser = new Parser({ strict: false })
  watch(parser, 0)
  const finished = new Promise((resolve) => parser.on('complete', resolve))
  return {
    write: (chunk) => parser.write(chunk),
    async end() {
      parser.end()
      const results = await finished
      for (const { tapError } of results.failures) if (tapError) report.failures.push(`TAP: ${tapError}`)
      if (results.bailout) report.failures.push(`Bail out! ${results.bailout === true ? '' : results.bailout}`)
      if (report.passed + report.failed + report.skipped.length === 0) {
        const reason = results.plan.skipAll && results.plan.skipReason
        if (reason && reason !== 'no tests found') report.skipped.push(reason)
        else report.failures.push('Expected at least one assertion but received none')
      }
      return { ...report, ok: results.ok && report.failures.length === 0 }
    },
  }
}
