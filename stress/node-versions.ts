import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importScript } from './paths'

export interface Runtime {
  version: string
  program: string
}

interface Listed {
  id: string
  version: string
  package: string
  binary: string
}

interface Scripts {
  runtimes: readonly Listed[]
}

interface Fetching {
  folder: string
  fetchRuntime: (runtime: Listed) => Promise<string>
}

/** The Node.js that runs this. */
export const current: Runtime = { version: process.versions.node, program: process.execPath }

/** The Node.js that runs this, the oldest and the newest that are supported; fetched from npm where asked to. */
export async function oldestAndNewest(fetch: boolean): Promise<{ runtimes: Runtime[]; missing: string[] }> {
  const { runtimes: all } = (await importScript('runtimes/list.mjs')) as Scripts
  const { folder, fetchRuntime } = (await importScript('runtimes/fetch.mjs')) as Fetching
  const nodes = all.filter(({ id }) => /^node\d+$/.test(id))
  const wanted = [nodes[0], nodes.at(-1)].filter((listed) => listed !== undefined)
  const runtimes = [current]
  const missing: string[] = []
  for (const listed of wanted) {
    if (runtimes.some(({ version }) => version === listed.version)) continue
    const there = join(folder, `${listed.package}-${listed.version}`, listed.binary)
    try {
      const program = fetch ? await fetchRuntime(listed) : there
      if (!existsSync(program)) missing.push(listed.version)
      else runtimes.push({ version: listed.version, program })
    } catch (error) {
      missing.push(`${listed.version} (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`)
    }
  }
  return { runtimes, missing }
}
