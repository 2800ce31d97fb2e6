// A process that runs the tasks of one candidate and nothing else: what V8 collects, compiles and keeps is its own.
// Started by player.ts; argument: the specs, as JSON.
import type { Spec } from '../tasks/index'
import { type Request, serve } from './serve'

const listen = serve(JSON.parse(process.argv[2] ?? '[]') as Spec[], (message) => process.send?.(message))
process.on('message', (message) => listen(message as Request))
// Whoever asked is gone.
process.on('disconnect', () => process.exit())
