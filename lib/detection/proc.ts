import { closeSync, existsSync, openSync, readSync } from 'node:fs'

// readFileSync takes 16 KiB and more for each file whose size it is not told, as in /proc: most of what probe() would take.
const chunk = Buffer.allocUnsafeSlow(4096)

function readAll(descriptor: number): string {
  for (let text = ''; ;) {
    const length = readSync(descriptor, chunk)
    if (length === 0) return text
    text += chunk.toString('latin1', 0, length)
  }
}

/** The text of a file of /proc or /sys; null where it cannot be read. */
export function readText(file: string): string | null {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return readAll(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return null
  }
}

/** False too where Node's permission model forbids to look: there existsSync throws. */
export function isThere(file: string): boolean {
  try {
    return existsSync(file)
  } catch {
    return false
  }
}

export interface Limit {
  soft: number
  hard: number
}

function parseLimit(text: string | undefined): number {
  return text === 'unlimited' ? Infinity : Number(text)
}

/** What follows some words that begin a row; null where no row does. */
function rowAfter(words: string, text: string | null): string | null {
  const rows = `\n${text ?? ''}\n`
  const start = rows.indexOf(`\n${words}`)
  return start < 0 ? null : rows.slice(start + 1 + words.length, rows.indexOf('\n', start + 1)).trim()
}

/** A row of /proc/PID/limits by its name there ("Max locked memory"); null where it is not there. */
export function limitOf(limits: string | null, name: string): Limit | null {
  const [soft, hard] = rowAfter(`${name} `, limits)?.split(/\s+/) ?? []
  return hard === undefined ? null : { soft: parseLimit(soft), hard: parseLimit(hard) }
}

/** A field of /proc/PID/status ("Seccomp"); null where it is not there. */
export function fieldOf(status: string | null, name: string): string | null {
  return rowAfter(`${name}:`, status)
}

/** Whether a bit of a hexadecimal mask of /proc/PID/status (CapEff, SigCgt) is set. */
export function hasBit(status: string | null, name: string, bit: number): boolean {
  const mask = fieldOf(status, name)
  return mask !== null && /^[0-9a-f]+$/.test(mask) && ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n
}

export function seccompOf(status: string | null): 0 | 1 | 2 | null {
  const mode = fieldOf(status, 'Seccomp')
  return mode === '0' ? 0 : mode === '1' ? 1 : mode === '2' ? 2 : null
}

/** The value of a parameter of the kernel's command line; of several the last counts. Null where it is not given. */
export function parameterOf(commandLine: string | null, name: string): string | null {
  const given = commandLine?.split(/\s+/).filter((word) => word.startsWith(`${name}=`))
  return given?.at(-1)?.slice(name.length + 1) ?? null
}

/** As kstrtobool of the kernel reads it; null for what it refuses. */
export function toBoolean(text: string | null): boolean | null {
  const value = text?.trim().toLowerCase() ?? ''
  if (/^(?:y|t|1|on)/.test(value)) return true
  return /^(?:n|f|0|of)/.test(value) ? false : null
}
