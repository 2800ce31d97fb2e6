import { makeTask, type Spec } from '../tasks/index'
import { measureSlice, type Slice } from './slice'
import { NotToBeHad, type Task } from './task'

/** To the process or worker that measures: run a slice of the task of that number. */
export interface Request {
  task: number
  milliseconds: number
}

export type Prepared = { about: Readonly<Record<string, string>> } | { unavailable: string }

/** From it: first what became of each spec, then a slice for each request. */
export type Reply = { prepared: Prepared[] } | { slice: Slice } | { error: string }

async function prepare(spec: Spec): Promise<Task | string> {
  try {
    return await makeTask(spec)
  } catch (error) {
    if (error instanceof NotToBeHad) return error.message
    throw error
  }
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Answers with what a process or a worker listens with: it makes the tasks and tells, then measures when it is asked. */
export function serve(specs: readonly Spec[], reply: (message: Reply) => void): (request: Request) => void {
  const tasks: (Task | string)[] = []
  const start = async (): Promise<void> => {
    for (const spec of specs) tasks.push(await prepare(spec))
    reply({
      prepared: tasks.map((task) => (typeof task === 'string' ? { unavailable: task } : { about: task.about ?? {} })),
    })
  }
  const measure = async ({ task: number, milliseconds }: Request): Promise<void> => {
    const task = tasks[number]
    if (task === undefined || typeof task === 'string') throw new Error(`Expected a task but received ${number}`)
    reply({ slice: await measureSlice(task, milliseconds) })
  }
  const tell = (error: unknown): void => reply({ error: describe(error) })
  start().catch(tell)
  return (request) => void measure(request).catch(tell)
}
