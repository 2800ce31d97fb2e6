import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Attack, type Evidence, impossible, type Target } from '../attack'
import { attack as attackBy, evidenceOf, megabytes, searchFile } from '../attacker'
import { addSwapFile } from '../swap-file'

const ROUNDS = 10
const PAUSE_MS = 100

/** The kernel writes pages out some time after it was told to. */
async function searchUntilFound(path: string, { needles }: Target): Promise<Awaited<ReturnType<typeof searchFile>>> {
  for (let round = 1; ; round += 1) {
    const found = await searchFile(path, needles)
    if (found.hitCount > 0 || round === ROUNDS) return found
    await sleep(PAUSE_MS)
  }
}

async function pageOut(target: Target): Promise<Evidence> {
  if (process.getuid?.() !== 0) return impossible('only root may read swap', 'EPERM')
  const swap = addSwapFile(join(target.folder, 'swap'))
  if (typeof swap === 'string') return impossible(swap)
  try {
    const pages = await target.victim.locatePages()
    const pressed = await attackBy('page-out', String(target.victim.pid), [], pages)
    if (pressed.impossible !== null) return impossible(pressed.impossible, pressed.impossibleErrno)
    const found = await searchUntilFound(swap.path, target)
    const { secretPages: tried, secretPagesRefused: refused, refusal } = pressed
    const evidence = evidenceOf(found, `${megabytes(found.bytesRead)} of a swap file searched`)
    return { ...evidence, tried, refused, refusal }
  } finally {
    swap.remove()
  }
}

export const attack: Attack = {
  name: 'swap',
  title: 'swap: the pages are pressed out, the swap file read',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in a swap file',
  control: 'malloc',
  make: pageOut,
}
