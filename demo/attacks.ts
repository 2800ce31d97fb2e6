import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type AttackName, type HolderName, type Outcome } from './attack-names'
import { attack, type Findings } from './attacker'
import { dumpByGdb, type GdbFailure, writeByInjectedCode } from './gdb'
import type { KeyForTheRun } from './key'

/** Whom to attack, and for what. */
export interface Target {
  holder: HolderName
  pid: number
  key: KeyForTheRun
  folder: string
}

export interface Copies {
  /** Of the PEM text, outside the mappings that hold secrets. */
  text: number
  /** Of a prime of the parsed key, which OpenSSL allocates itself. */
  prime: number
}

function findings(target: Target, name: string): Promise<Findings> {
  return attack(name, String(target.pid), [target.key.textNeedle])
}

/** What lies in the victim's ordinary memory; null where it cannot be read. */
export async function countCopies({ pid, key }: Target): Promise<Copies | null> {
  const found = await attack('mem', String(pid), [key.textNeedle, key.primeNeedle])
  if (found.impossible !== null) return null
  const outside = (needle: number) => found.hits.filter((hit) => hit.needle === needle && !hit.inSecret).length
  return { text: outside(0), prime: outside(1) }
}

function impossible(name: AttackName, reason: string, errno: string | null): Outcome {
  return { attack: name, verdict: 'impossible', errno, detail: reason }
}

function leaked(name: AttackName, detail: string): Outcome {
  return { attack: name, verdict: 'leaked', errno: null, detail }
}

async function readMemory(name: AttackName, target: Target): Promise<Outcome> {
  const found = await findings(target, name)
  if (found.impossible !== null) return impossible(name, found.impossible, found.impossibleErrno)
  const secret = target.holder !== 'buffer'
  if (secret && found.secretPages === 0) {
    throw new Error(`Expected a mapping that holds secrets in the ${target.holder} victim but received none`)
  }
  const hit = found.hits.find(({ inSecret }) => inSecret || !secret)
  if (hit !== undefined) return leaked(name, `read back at ${hit.address} in ${hit.where || 'anonymous memory'}`)
  if (secret && found.secretPagesRefused === found.secretPages) {
    const detail = `all ${found.secretPages} pages of secret memory refused`
    return { attack: name, verdict: 'refused', errno: found.refusal, detail }
  }
  return { attack: name, verdict: 'absent', errno: null, detail: 'read, and the key was not there' }
}

async function takeDescriptors(target: Target): Promise<Outcome> {
  const name = 'pidfd_getfd'
  const found = await findings(target, name)
  if (found.impossible !== null) return impossible(name, found.impossible, found.impossibleErrno)
  const hit = found.hits[0]
  if (hit !== undefined) return leaked(name, `read back through the descriptor of ${hit.where}`)
  const detail = `${found.descriptorsTaken} of ${found.descriptors} descriptors taken, none gives the key`
  return { attack: name, verdict: 'absent', errno: null, detail }
}

// A dump holds ordinary memory too. What counts is more than the copies that are known to lie there.
function judgeDump(name: AttackName, target: Target, found: Findings, before: Copies | null): Outcome {
  if (found.impossible !== null) return impossible(name, found.impossible, found.impossibleErrno)
  const known = target.holder === 'buffer' ? 0 : (before?.text ?? 0)
  if (found.hitCount > known) return leaked(name, 'read back from the file')
  return { attack: name, verdict: 'absent', errno: null, detail: 'not in the dump' }
}

async function searchAndRemove(path: string, key: KeyForTheRun): Promise<Findings> {
  const found = await attack('search-file', path, [key.textNeedle])
  rmSync(path, { force: true })
  return found
}

async function dumpByKernel(target: Target): Promise<Outcome> {
  const before = await countCopies(target)
  return judgeDump('kernel-core', target, await findings(target, 'kernel-core'), before)
}

async function dumpWithGdb(target: Target): Promise<Outcome> {
  const name = 'gcore'
  const before = await countCopies(target)
  const path = join(target.folder, 'gdb-dump')
  const failure = await dumpByGdb(target.pid, path)
  if (failure !== null) return impossible(name, failure.reason, failure.errno)
  return judgeDump(name, target, await searchAndRemove(path, target.key), before)
}

// Where the Buffer is, the attacker knows from reading; where secret memory is, the list of mappings says.
async function rangesToWrite(target: Target): Promise<{ start: bigint; length: bigint }[]> {
  if (target.holder === 'buffer') {
    const found = await findings(target, 'process_vm_readv')
    return found.hits.map((hit) => ({ start: BigInt(hit.address), length: 64n }))
  }
  const found = await attack('secret-mappings', String(target.pid), [])
  return found.secretMappings.map(({ start, end }) => ({ start: BigInt(start), length: BigInt(end) - BigInt(start) }))
}

async function injectCode(target: Target): Promise<Outcome> {
  const name = 'injected-code'
  const path = join(target.folder, 'written-by-the-victim')
  const failure: GdbFailure = await writeByInjectedCode(target.pid, path, await rangesToWrite(target))
  if (failure !== null) return impossible(name, failure.reason, failure.errno)
  const found = await searchAndRemove(path, target.key)
  if (found.hitCount > 0) return leaked(name, 'written to a file by the victim itself')
  return { attack: name, verdict: 'absent', errno: null, detail: 'the victim wrote nothing of the key' }
}

/** Makes one attack. Throws only where the demonstration itself broke. */
export function makeAttack(name: AttackName, target: Target): Promise<Outcome> {
  switch (name) {
    case 'gcore':
      return dumpWithGdb(target)
    case 'kernel-core':
      return dumpByKernel(target)
    case 'pidfd_getfd':
      return takeDescriptors(target)
    case 'injected-code':
      return injectCode(target)
    default:
      return readMemory(name, target)
  }
}
