import type { Attack } from '../attack'
import { overwriteBy } from '../overwrite'

export const attack: Attack = {
  name: 'process-vm-writev',
  title: 'process_vm_writev',
  from: 'outside',
  effect: 'write',
  leaks: 'the victim reads other bytes in its secret than before',
  control: 'malloc',
  make: (target) => overwriteBy('process_vm_writev', target),
}
