import { readFileSync } from 'node:fs'

/** Bytes of secret memory that this process, all its threads, has mapped; told by the kernel, not by this package. */
export function mappedSecretBytes(): number {
  let total = 0
  for (const line of readFileSync('/proc/self/smaps', 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) .*secretmem/gm)) {
    total += Number.parseInt(line[2] ?? '', 16) - Number.parseInt(line[1] ?? '', 16)
  }
  const locked = /^VmLck:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  // The fallback's pages are locked ones without a name; where secret pages count as locked, they are in both.
  return Math.max(total, Number(locked ?? 0) * 1024)
}
