// npm run types:check: types/ is committed, so that a change of the public API shows in review. Fails when it is stale.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './native-sources.mjs'
import { main, run } from './run-command.mjs'

/** Relative path -> text of every file below a folder; empty when there is no such folder. */
function readTree(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })) return new Map()
  const names = readdirSync(folder, { recursive: true }).filter((name) => statSync(path.join(folder, name)).isFile())
  return new Map(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]))
}

await main(async () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'types-check-'))
  try {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const emit = ['--emitDeclarationOnly', '--declarationDir', scratch, '--outDir', scratch]
    await run(process.execPath, [tsc, '-p', 'tsconfig.json', ...emit])
    const fresh = readTree(scratch)
    const committed = readTree(path.join(root, 'types'))
    const names = [...new Set([...fresh.keys(), ...committed.keys()])].toSorted()
    const stale = names.filter((name) => fresh.get(name) !== committed.get(name))
    if (stale.length === 0) {
      console.log(`types/ is current (${fresh.size} files)`)
      return 0
    }
    for (const name of stale) {
      const state = !committed.has(name) ? 'missing' : fresh.has(name) ? 'changed' : 'without a source'
      console.error(`types/${name}: ${state}`)
    }
    console.error('Run "npm run build" and commit types/')
    return 1
  } finally {
    rmSync(scratch, { recursive: true })
  }
})
