// npm run check:musl: the addon and the preload library, the prebuilt ones where there are any, in a process whose C library
// is musl (Debian's musl-tools): every name is found, and the preload library does its work.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { binaryNames } from './binary-problems.mjs'
import { readElf } from './elf.mjs'
import { root } from './native-sources.mjs'
import { prebuilds } from './prebuild-files.mjs'
import { StepError, capture, main, run } from './run-command.mjs'

/** A definition for each name of Node-API that the addon asks for: here it is loaded, not called. */
function nodeApi(addon) {
  const names = readElf(readFileSync(addon)).imports.map(({ name }) => name)
  const ours = names.filter((name) => /^(?:napi|node_api)_/.test(name))
  return ours.map((name) => `int ${name}(void) { return 9; }\n`).join('')
}

await main(async () => {
  const prebuilt = path.join(prebuilds, `linux-${process.arch}`)
  const folder = existsSync(prebuilt) ? prebuilt : path.join(root, 'build/Release')
  const [addon, preload] = Object.values(binaryNames).map((name) => path.join(folder, name))
  if (!existsSync(addon)) throw new StepError('Expected the addon: run "npm run build" first')
  const found = await capture('musl-gcc', ['--version']).catch(() => undefined)
  if (!found) throw new StepError('Expected musl-gcc but found none. On Debian: apt-get install musl-tools')

  const scratch = mkdtempSync(path.join(tmpdir(), 'memfd-secret-musl-'))
  try {
    const stubs = path.join(scratch, 'node_api.c')
    const host = path.join(scratch, 'host')
    writeFileSync(stubs, nodeApi(addon))
    await run('musl-gcc', ['-Isrc', '-rdynamic', 'test/musl/host.c', stubs, '-o', host])
    console.log(`${path.relative(root, folder)} in musl:`)
    process.stdout.write(await run(host, [addon], { timeout: 20_000 }))
    const env = { ...process.env, LD_PRELOAD: preload }
    process.stdout.write(await run(host, [addon], { env, timeout: 20_000 }))
    return 0
  } finally {
    rmSync(scratch, { recursive: true })
  }
})
