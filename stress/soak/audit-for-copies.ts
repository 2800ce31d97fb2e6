import { findCopies } from '../../lib/audit'
import { SecretBuffer } from '../../lib/index'

/** Looks for copies of secrets in this process's ordinary memory, and first for one that is there: problems, in words. */
export async function auditForCopies(secrets: Readonly<Record<string, SecretBuffer>>): Promise<string[]> {
  const problems: string[] = []
  using control = SecretBuffer.random(32)
  const copy = Buffer.alloc(32)
  control.copyTo(copy)
  if ((await findCopies(control)).length === 0) problems.push('the audit does not find a copy that is there')
  copy.fill(0)
  for (const [name, secret] of Object.entries(secrets)) {
    for (const { encoding, kind, mapping } of await findCopies(secret)) {
      problems.push(`a copy of the ${name}: ${encoding}, ${kind}, ${mapping}`)
    }
  }
  return problems
}
