// npm run format:check:native, or with --write part of npm run format: the style of .clang-format for every C++ file.
import { findClangTool } from './clang-tools.mjs'
import { allNativeFiles } from './native-sources.mjs'
import { main, run } from './run-command.mjs'

await main(async () => {
  const files = allNativeFiles()
  const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror']
  if (files.length > 0) await run(findClangTool('clang-format'), ['--style=file', ...mode, ...files])
  console.log(`clang-format: ${files.length} files`)
})
