import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attack, Evidence, Hit } from './attack'
import { HOLDER_NAMES, type HolderName, type HowToHold } from './holders'
import { makeNeedles, type Needle } from './needles'
import type { Cell, HolderState, Row } from './results'
import { Victim, VictimError } from './victim/process'

/** Long enough for no chance hit, short enough for console.log to show all of it. */
const SECRET_BYTES = 32

/** The secret of a run: the victims read it from a file, the attackers look for it. */
export interface KnownSecret {
  folder: string
  path: string
  needles: readonly Needle[]
  remove(): void
}

/** In a new folder of mode 0700. `sought` is what is looked for: another than the secret makes every attack blind. */
export function makeKnownSecret(sought?: Buffer): KnownSecret {
  const folder = mkdtempSync(join(tmpdir(), 'memfd-secret-attack-'))
  const secret = randomBytes(SECRET_BYTES)
  const path = join(folder, 'secret')
  writeFileSync(path, secret, { mode: 0o600, flag: 'wx' })
  return {
    folder,
    path,
    needles: makeNeedles(sought ?? secret, folder),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

function describeHits(hit: Hit, hitCount: number, needles: readonly Needle[], effect: Attack['effect']): string {
  if (effect === 'write') return hit.where
  const times = hitCount === 1 ? 'once' : `${hitCount} times`
  const where = [hit.where || 'anonymous memory', hit.address].filter((text) => text !== '').join(' at ')
  return `found ${times}, ${needles[hit.needle]?.form ?? 'raw'}: ${where}`
}

function cellOf(evidence: Evidence, needles: readonly Needle[], effect: Attack['effect']): Cell {
  const { hits, hitCount, tried, refused, refusal, detail } = evidence
  if (evidence.impossible !== null) {
    const { reason, errno } = evidence.impossible
    return { verdict: 'impossible', errno, detail: reason }
  }
  const [hit] = hits
  if (hitCount > 0 && hit !== undefined)
    return { verdict: 'leaks', errno: null, detail: describeHits(hit, hitCount, needles, effect) }
  const refusals = tried > 0 ? `${refused} of ${tried} refused` : ''
  const errno = refused > 0 ? refusal : null
  return { verdict: 'safe', errno, detail: [refusals, detail].filter((text) => text !== '').join('; ') }
}

function unavailable({ code, message }: VictimError): Cell {
  return { verdict: 'unavailable', errno: code, detail: message }
}

/** A victim of its own for each attack, so that none leaves anything for the next. */
async function attackOne(attack: Attack, how: HowToHold, known: KnownSecret): Promise<[Cell, HolderState]> {
  const folder = join(known.folder, `${attack.name}-${how}`)
  mkdirSync(folder, { mode: 0o700 })
  const { needles } = known
  let victim: Victim | null = null
  let state: HolderState = { backing: null, sealing: null, unavailable: null }
  try {
    const [started, ready] = await Victim.start(how, known.path, folder)
    victim = started
    state = { backing: ready.backing, sealing: ready.sealing, unavailable: null }
    return [cellOf(await attack.make({ how, victim, needles, folder }), needles, attack.effect), state]
  } catch (error) {
    // With a code the library refused to hold the secret, or sodium-native is not installed.
    if (victim === null && error instanceof VictimError && error.code !== null) {
      const { code, message, sealing } = error
      return [unavailable(error), { backing: null, sealing, unavailable: { code, message } }]
    }
    const message = error instanceof Error ? error.message : String(error)
    return [{ verdict: 'failed', errno: null, detail: message.split('\n')[0] ?? '' }, state]
  } finally {
    await victim?.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export interface SuiteResult {
  rows: Row[]
  holders: Record<HolderName, HolderState>
}

/** Makes the attacks, one after another; `tell` hears of each that is done. */
export async function runSuite(
  attacks: readonly Attack[],
  known: KnownSecret,
  tell: (row: Row, index: number) => void = () => undefined,
): Promise<SuiteResult> {
  const rows: Row[] = []
  const holders = {} as Record<HolderName, HolderState>
  for (const attack of attacks) {
    const cells = {} as Record<HolderName, Cell>
    for (const holder of HOLDER_NAMES) {
      const [cell, state] = await attackOne(attack, holder, known)
      cells[holder] = cell
      holders[holder] = state
    }
    const { name, title, from, effect, leaks, control } = attack
    const ofHolder = HOLDER_NAMES.find((holder) => holder === control)
    const controlCell = ofHolder === undefined ? (await attackOne(attack, control, known))[0] : cells[ofHolder]
    const row: Row = { name, title, from, effect, leaks, control: { how: control, ...controlCell }, cells }
    rows.push(row)
    tell(row, rows.length)
  }
  return { rows, holders }
}
