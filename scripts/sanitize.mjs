// npm run test:sanitize: the native tests once more, under each sanitizer.
import { main, step } from './run-command.mjs'
import { SANITIZERS, buildSanitizedTests } from './sanitize-tests.mjs'
import { testProgram } from './test-program.mjs'
import { printProgram, printTotals } from './test-report.mjs'

await main(async () => {
  const results = []
  for (const name of SANITIZERS) {
    let command = ''
    await step(`Building the native tests (-fsanitize=${name})`, async () => {
      command = await buildSanitizedTests(name)
    })
    const result = await testProgram({ name: `test/native (${name})`, command, args: [] })
    printProgram(result)
    results.push(result)
  }
  return printTotals(results)
})
