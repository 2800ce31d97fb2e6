// npm run check:binaries: the addon and the preload library of build/Release, and those of prebuilds/ with its checksums,
// where there are any. Node.js itself would not notice a C++ library that is needed: it brings one along.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { binaryNames, binaryProblems } from './binary-problems.mjs'
import { root } from './native-sources.mjs'
import { checksums, checksumsFile, prebuildFolders } from './prebuild-files.mjs'
import { StepError, main } from './run-command.mjs'

function problemsIn(folder, options) {
  return Object.entries(binaryNames).flatMap(([kind, name]) => {
    const file = path.join(folder, name)
    if (!existsSync(file)) return [`${path.relative(root, file)}: is not there`]
    const problems = binaryProblems(readFileSync(file), { kind, ...options })
    return problems.map((problem) => `${path.relative(root, file)}: ${problem}`)
  })
}

await main(() => {
  const built = path.join(root, 'build/Release')
  const prebuilt = prebuildFolders()
  const folders = existsSync(built) ? [built, ...prebuilt] : prebuilt
  if (folders.length === 0) throw new StepError('Expected built files: run "npm run build" or "npm run prebuild" first')

  const problems = folders.flatMap((folder) =>
    folder === built
      ? problemsIn(folder, { arch: process.arch })
      : problemsIn(folder, { arch: path.basename(folder).replace('linux-', ''), inPackage: true, folders: [root] }),
  )
  if (prebuilt.length > 0 && (!existsSync(checksumsFile) || readFileSync(checksumsFile, 'utf8') !== checksums())) {
    problems.push(`${path.relative(root, checksumsFile)}: not the checksums of the files beside it`)
  }
  for (const problem of problems) console.error(problem)
  console.log(`check-binaries: ${folders.length * Object.keys(binaryNames).length} files, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
})
