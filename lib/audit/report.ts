import type { Copy } from './scan'

/** A line for each copy. */
export function listOf(copies: readonly Copy[]): string {
  const width = Math.max(...copies.map(({ encoding }) => encoding.length))
  return copies
    .map(
      ({ address, encoding, kind, mapping }) => `  ${address} ${encoding.padEnd(width)} ${kind.padEnd(9)} ${mapping}`,
    )
    .join('\n')
}
