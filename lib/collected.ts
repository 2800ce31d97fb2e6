import { sep } from 'node:path'
import { undisposedChannel } from './diagnostics'

// The store wipes and counts what is collected undisposed by itself. This file only tells of it, where somebody asked:
// a registration for each secret would cost as much as the rest of its life.

interface Note {
  byteLength: number
  backing: string
  stack: string
}

const tracing = process.env['MEMFD_SECRET_TRACE'] === '1'

const registry = new FinalizationRegistry<Note>((note) => {
  if (undisposedChannel().hasSubscribers) undisposedChannel().publish(note)
  if (tracing) {
    process.emitWarning(`A secret of ${note.byteLength} bytes was collected without dispose(); it was wiped`, {
      code: 'MEMFD_SECRET_UNDISPOSED',
      detail: note.stack,
    })
  }
})

/** The frames above this package's own: where the application made the secret. */
function callerStack(): string {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 20
  Error.captureStackTrace(holder)
  Error.stackTraceLimit = limit
  const frames = (holder.stack ?? '').split('\n').slice(1)
  const outside = frames.findIndex((frame) => !frame.includes(__dirname + sep))
  return frames.slice(Math.max(0, outside)).join('\n')
}

/** Whether noteOver is to be called once the secret is disposed. */
export function noteMade(lifetime: { readonly byteLength: number; readonly backing: string }): boolean {
  if (!tracing && !undisposedChannel().hasSubscribers) return false
  const { byteLength, backing } = lifetime
  registry.register(lifetime, { byteLength, backing, stack: tracing ? callerStack() : '' }, lifetime)
  return true
}

export function noteOver(lifetime: object): void {
  registry.unregister(lifetime)
}
