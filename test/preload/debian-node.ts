// Debian's Node.js, which is linked to the shared libssl and libcrypto: fetched by scripts/fetch-debian-node.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Launcher } from './holder-process'
import { environment, whyNoScan } from './preload-library'

const debian = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'memfd-secret/debian-node')
export const debianNode = join(debian, 'usr/bin/node')

export function debianLauncher(): Launcher {
  const libraries = join(debian, 'usr/lib')
  const triple = readdirSync(libraries).find((name) => name.endsWith('-linux-gnu')) ?? ''
  // Debian's Node.js reads parts of itself from /usr/share: there, in a mount namespace of its own, is the one of its package.
  const mount = 'mount --bind "$0/usr/share" /usr/share && exec "$@"'
  return {
    execPath: 'unshare',
    execArgv: ['--mount', 'sh', '-c', mount, debian, debianNode],
    env: { LD_LIBRARY_PATH: join(libraries, triple) },
  }
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  const { execPath, execArgv, env: own } = debianLauncher()
  const options = { env: environment(false, { ...own, ...env }), encoding: 'utf8', timeout: 240_000 } as const
  return spawnSync(execPath, [...execArgv, ...args], options)
}

export function whyNoDebianNode(): string | false {
  if (!existsSync(debianNode)) return "needs Debian's nodejs: node scripts/fetch-debian-node.mjs"
  const { status, stdout, stderr } = start(['-p', 'process.config.variables.node_shared_openssl'])
  if (status !== 0) return `Debian's nodejs does not start here: ${stderr.split('\n', 1)[0]}`
  return stdout === 'true\n' ? whyNoScan() : "Debian's nodejs has an OpenSSL of its own"
}
