import type { Attack } from '../attack'
import { attack as attackBy, evidenceOf, megabytes } from '../attacker'

export const attack: Attack = {
  name: 'kernel-core',
  title: 'core dump by the kernel, every coredump_filter bit set',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in the file',
  control: 'malloc',
  async make({ victim, needles }) {
    const found = await attackBy('kernel-core', String(victim.pid), needles)
    return evidenceOf(found, `${megabytes(found.bytesRead)} of a dump searched`)
  },
}
