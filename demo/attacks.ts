import type { AttackName, HolderName, Outcome } from './attack-names'
import type { Evidence } from '../attack/attack'
import { attack } from '../attack/attacker'
import { attack as gcoreAll } from '../attack/attacks/gcore-all'
import { attack as injectedWrite } from '../attack/attacks/injected-write'
import { attack as kernelCore } from '../attack/attacks/kernel-core'
import { attack as pidfdGetfd } from '../attack/attacks/pidfd-getfd'
import { attack as procMemRead } from '../attack/attacks/proc-mem-read'
import { attack as processVmReadv } from '../attack/attacks/process-vm-readv'
import { attack as ptracePeek } from '../attack/attacks/ptrace-peek'
import type { HowToHold } from '../attack/holders'
import type { Victim } from '../attack/victim/process'
import type { KeyForTheRun } from './key'

/** Whom to attack, and for what. */
export interface Target {
  holder: HolderName
  how: HowToHold
  victim: Victim
  key: KeyForTheRun
  folder: string
}

export interface Copies {
  /** Of the PEM text, outside the mappings that hold secrets. */
  text: number
  /** Of a prime of the parsed key, which OpenSSL allocates itself. */
  prime: number
}

/** The attacks of the suite that the demonstration shows; `npm run attack` makes all. */
const ATTACKS = {
  mem: procMemRead,
  process_vm_readv: processVmReadv,
  ptrace: ptracePeek,
  gcore: gcoreAll,
  'kernel-core': kernelCore,
  pidfd_getfd: pidfdGetfd,
  'injected-code': injectedWrite,
} as const satisfies Record<AttackName, unknown>

/** What lies in the victim's ordinary memory; null where it cannot be read. */
export async function countCopies({ victim, key }: Target): Promise<Copies | null> {
  const found = await attack('mem', String(victim.pid), [key.textNeedle, key.primeNeedle])
  if (found.impossible !== null) return null
  const outside = (needle: number) => found.hits.filter((hit) => hit.needle === needle && !hit.inSecret).length
  return { text: outside(0), prime: outside(1) }
}

type Judged = Pick<Outcome, 'verdict' | 'errno' | 'detail'>

const leaked = (detail: string): Judged => ({ verdict: 'leaked', errno: null, detail })
const absent = (detail: string): Judged => ({ verdict: 'absent', errno: null, detail })

function judgeReading({ hits, tried, refused, refusal }: Evidence, holder: HolderName): Judged {
  const secret = holder !== 'buffer'
  const hit = hits.find(({ inSecret }) => inSecret || !secret)
  if (hit !== undefined) return leaked(`read back at ${hit.address} in ${hit.where || 'anonymous memory'}`)
  if (secret && refused === tried) {
    return { verdict: 'refused', errno: refusal, detail: `all ${tried} pages of secret memory refused` }
  }
  return absent('read, and the key was not there')
}

// A dump holds ordinary memory too. What counts is more than the copies that are known to lie there.
function judgeDump({ hitCount }: Evidence, holder: HolderName, before: Copies | null): Judged {
  const known = holder === 'buffer' ? 0 : (before?.text ?? 0)
  return hitCount > known ? leaked('read back from the file') : absent('not in the dump')
}

function judgeDescriptors({ hits: [hit], detail }: Evidence): Judged {
  return hit === undefined ? absent(detail) : leaked(`read back through the descriptor of ${hit.where}`)
}

function judgeInjection({ hitCount }: Evidence): Judged {
  if (hitCount > 0) return leaked('written to a file by the victim itself')
  return absent('the victim wrote nothing of the key')
}

/** Makes one attack. Throws only where the demonstration itself broke. */
export async function makeAttack(name: AttackName, target: Target): Promise<Outcome> {
  const { holder, how, victim, folder, key } = target
  const dumps = name === 'gcore' || name === 'kernel-core'
  const before = dumps ? await countCopies(target) : null
  const evidence = await ATTACKS[name].make({ how, victim, folder, needles: [key.textNeedle] })
  if (evidence.impossible !== null) {
    const { reason, errno } = evidence.impossible
    return { attack: name, verdict: 'impossible', errno, detail: reason }
  }
  if (dumps) return { attack: name, ...judgeDump(evidence, holder, before) }
  if (name === 'pidfd_getfd') return { attack: name, ...judgeDescriptors(evidence) }
  if (name === 'injected-code') return { attack: name, ...judgeInjection(evidence) }
  return { attack: name, ...judgeReading(evidence, holder) }
}
