import { readFileSync } from 'node:fs'

/**
 * What one open TLS 1.3 connection of a Node.js server allocates in secret memory in scope "keys", in bytes: the largest
 * measured, on Node.js 20 to 26 (docs/preload.md tells how).
 */
const BYTES_PER_CONNECTION = 24 * 1024

/** Of the limit, what connections may take: a quarter is the application's own secrets', 3/8 of the rest is the keys'. */
const SHARE_OF_CONNECTIONS = (3 / 4) * (5 / 8)

/** The limit of locked memory that so many open TLS connections need, in bytes. */
export function limitForConnections(connections: number): number {
  const mebi = 1024 * 1024
  return Math.ceil((connections * BYTES_PER_CONNECTION) / SHARE_OF_CONNECTIONS / mebi) * mebi
}

function memlockLimit(): string {
  try {
    const [, soft] = /^Max locked memory\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? 'unknown' : soft === 'unlimited' ? soft : `${Number(soft) / 1024} KiB`
  } catch {
    return 'unknown'
  }
}

export function connectionsNotice(): string {
  const needed = limitForConnections(1000) / 1024
  return `1,000 open TLS connections need a limit of locked memory of ${needed} KiB (ulimit -l ${needed}); it is ${memlockLimit()}`
}
