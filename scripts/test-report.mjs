// How test results look on the terminal: a line a program, failures below it, one last line of counts.
const { NO_COLOR, FORCE_COLOR } = process.env
const colored = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== '0' : process.stdout.isTTY === true
const paint = (code, text) => (colored ? `\x1b[${code}m${text}\x1b[0m` : text)
const red = (text) => paint(31, text)
const green = (text) => paint(32, text)
const yellow = (text) => paint(33, text)

const indent = (text) => text.replaceAll(/^/gm, '    ')

function counts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

export function printProgram(result) {
  const { name, passed, failed, skipped, seconds, failures } = result
  const mark = failed > 0 ? red('FAIL') : green('ok  ')
  console.log(`${mark} ${name}  ${counts({ passed, failed, skipped: skipped.length })}  ${seconds.toFixed(1)} s`)
  for (const reason of skipped) console.log(yellow(`    skipped: ${reason}`))
  for (const failure of failures) console.log(indent(failure))
}

/** Names what failed once more, below all else, and ends with the plain line of counts that .ci/run reads. */
export function printTotals(results) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0)
  const broken = results.filter((result) => result.failed > 0)
  if (broken.length > 0) console.log(`\n${red('Failed:')} ${broken.map(({ name }) => name).join(', ')}`)
  const total = {
    passed: sum((result) => result.passed),
    failed: sum((result) => result.failed),
    skipped: sum((result) => result.skipped.length),
  }
  console.log(`\n${counts(total)}`)
  return total.failed === 0 ? 0 : 1
}
