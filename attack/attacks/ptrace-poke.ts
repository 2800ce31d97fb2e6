import type { Attack } from '../attack'
import { overwriteBy } from '../overwrite'

export const attack: Attack = {
  name: 'ptrace-poke',
  title: 'ptrace, PTRACE_POKEDATA',
  from: 'outside',
  effect: 'write',
  leaks: 'the victim reads other bytes in its secret than before',
  control: 'malloc',
  make: (target) => overwriteBy('ptrace-poke', target),
}
