import type { Evidence, Target } from './attack'
import { attack, evidenceOf } from './attacker'

/** Lets the attacker program take or open what is a descriptor of the victim, or a link in its map_files. */
export async function takeBy(name: string, { victim, needles }: Target): Promise<Evidence> {
  const found = await attack(name, String(victim.pid), needles)
  const { descriptors, descriptorsTaken, secretDescriptors } = found
  const detail = `${descriptorsTaken} of ${descriptors} taken, ${secretDescriptors} of them of memfd_secret`
  return evidenceOf(found, detail)
}
