import type { Apt } from './debian'
import type { Userland } from './guest-image'

export async function armUserland(_cache: string, _apt: Apt): Promise<Userland> {
  throw new Error('Expected x64')
}
