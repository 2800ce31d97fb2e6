// node scripts/fetch-debian-node.mjs: a Node.js that is linked to the shared OpenSSL, for test/preload/shared-openssl.test.ts.
// Debian's packages, unpacked into a folder of the cache: nothing is installed, and no privilege is needed.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { StepError, main, run, step } from './run-command.mjs'

const target = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'memfd-secret/debian-node')

/** What every machine has. */
const base = new Set(['libc6', 'libgcc-s1', 'libstdc++6'])

async function newestLibrary() {
  const names = (await run('apt-cache', ['pkgnames', 'libnode'])).split('\n')
  const libraries = names.filter((name) => /^libnode\d+$/.test(name)).toSorted()
  const newest = libraries.at(-1)
  if (newest === undefined)
    throw new StepError('Expected a package libnodeN of Debian but received none: apt-get update')
  return newest
}

async function wantedPackages() {
  const library = await newestLibrary()
  const shown = await run('apt-cache', ['show', '--no-all-versions', library])
  const version = /^Version: (.+)$/m.exec(shown)?.[1]
  const needed = [.../^Depends: (.+)$/m.exec(shown)[1].matchAll(/(?:^|, )([\w.+-]+)/g)].map(([, name]) => name)
  // By its version: another repository may have a newer nodejs, which would be Node's own build.
  return [library, `nodejs=${version}`, ...needed.filter((name) => !base.has(name))]
}

async function fetch() {
  const partial = `${target}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  await run('apt-get', ['download', '-qq', ...(await wantedPackages())], { cwd: partial })
  for (const name of readdirSync(partial).filter((file) => file.endsWith('.deb'))) {
    await run('dpkg', ['-x', path.join(partial, name), partial])
    rmSync(path.join(partial, name))
  }
  renameSync(partial, target)
}

await main(async () => {
  if (existsSync(target)) return 0
  await step("Fetching Debian's nodejs", fetch)
  return 0
})
