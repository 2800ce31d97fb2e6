import type { Attack } from '../attack'
import { attackByInspector } from '../inspector'

// What the inspector evaluates is code in the process, which may do what the application may.
export const attack: Attack = {
  name: 'inspector-evaluate',
  title: 'inspector: evaluates code that uses the secret',
  from: 'outside',
  effect: 'read',
  leaks: 'the secret is in what the inspector answered',
  control: 'malloc',
  make: (target) =>
    attackByInspector(target, async (client) => {
      await client.evaluate("application.use((bytes) => bytes.toString('hex'))")
      return ''
    }),
}
