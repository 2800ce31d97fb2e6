import type { Attack } from '../attack'
import { takeBy } from '../links'

export const attack: Attack = {
  name: 'pidfd-getfd',
  title: 'pidfd_getfd of each descriptor, then mmap and pread',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what lies behind a descriptor of the victim',
  control: 'descriptor-open',
  make: (target) => takeBy('pidfd_getfd', target),
}
