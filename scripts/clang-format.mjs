// npm run format:check:native, or with --write part of npm run format: the style of .clang-format for every C++ file.
import { findClangTool } from './clang-tools.mjs'
import { allNativeFiles } from './native-sources.mjs'
import { capture, main, pool, run } from './run-command.mjs'

const dry = ['--dry-run', '-Werror']

await main(async () => {
  const files = allNativeFiles()
  const tool = findClangTool('clang-format')
  if (process.argv.includes('--write')) {
    if (files.length > 0) await run(tool, ['--style=file', '-i', ...files])
    console.log(`clang-format: ${files.length} files written`)
    return 0
  }
  const outcomes = await pool(files, 2, async (file) => (await capture(tool, ['--style=file', ...dry, file])).code)
  const wrong = files.filter((_, index) => outcomes[index] !== 0)
  for (const file of wrong) console.error(`${file}: not formatted`)
  if (wrong.length > 0) console.error('Run "npm run format"')
  console.log(`clang-format: ${files.length - wrong.length} passed, ${wrong.length} failed`)
  return wrong.length === 0 ? 0 : 1
})
