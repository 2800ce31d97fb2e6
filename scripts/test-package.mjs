// npm run test:package: the package tests on what would be published: a tarball with the files of prebuilds/. (npm test runs
// them with the addon of the last build in their place.)
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './native-sources.mjs'
import { npm } from './npm.mjs'
import { checksumsFile } from './prebuild-files.mjs'
import { StepError, main, run } from './run-command.mjs'
import { testProgram } from './test-program.mjs'
import { printProgram, printTotals } from './test-report.mjs'

const tests = ['contents', 'use', 'tools', 'typescript']

await main(async () => {
  if (!existsSync(checksumsFile)) throw new StepError('Expected prebuilt files: run "npm run prebuild" first')
  await run(process.execPath, [path.join(root, 'scripts/check-binaries.mjs')])
  const scratch = mkdtempSync(path.join(tmpdir(), 'memfd-secret-package-'))
  try {
    const [packed] = JSON.parse(await npm(['pack', '--json', `--pack-destination=${scratch}`], { cwd: root }))
    process.env.PACKAGE_TARBALL = path.join(scratch, packed.filename)
    console.log(
      `${packed.filename}: ${packed.size} bytes, ${packed.unpackedSize} unpacked, ${packed.files.length} files`,
    )
    const results = []
    for (const name of tests) {
      const args = [path.join(root, `out/test/package/${name}.test.js`)]
      const result = await testProgram({ name: `test/package/${name}`, command: process.execPath, args })
      printProgram(result)
      results.push(result)
    }
    return printTotals(results)
  } finally {
    rmSync(scratch, { recursive: true })
  }
})
