import type { Evidence, Target } from './attack'
import { readBy } from './attacker'

const CALLS_AT_ONCE = 500

/** Lets a BPF program read the pages of the secret, while the victim makes system calls, as any process does. */
export async function readByBpf(target: Target): Promise<Evidence> {
  const pages = await target.victim.locatePages()
  const reader = { done: false }
  const reading = readBy('bpf', target, pages).finally(() => (reader.done = true))
  while (!reader.done) await target.victim.makeSystemCalls(CALLS_AT_ONCE)
  return reading
}
