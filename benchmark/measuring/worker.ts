// As process.ts, in a worker thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { Spec } from '../tasks/index'
import { type Request, serve } from './serve'

const listen = serve(workerData as Spec[], (message) => parentPort?.postMessage(message))
parentPort?.on('message', (message) => listen(message as Request))
