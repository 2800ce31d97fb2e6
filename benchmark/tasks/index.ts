import type { Task, TaskArguments, TaskSet } from '../measuring/task'

/** Loaded when asked for: a process has no more of them than it runs. */
const MODULES = {
  life: async (): Promise<TaskSet> => (await import('./life.js')).life,
  use: async (): Promise<TaskSet> => (await import('./use.js')).use,
  'view-speed': async (): Promise<TaskSet> => (await import('./view-speed.js')).viewSpeed,
  equivalents: async (): Promise<TaskSet> => (await import('./equivalents.js')).equivalents,
  'physical-costs': async (): Promise<TaskSet> => (await import('./physical-costs.js')).physicalCosts,
}

export type TaskModule = keyof typeof MODULES

/** Names a task, so that another process can make it. */
export interface Spec {
  module: TaskModule
  task: string
  args: TaskArguments
}

export async function makeTask({ module, task, args }: Spec): Promise<Task> {
  const tasks = await MODULES[module]()
  const make = Object.hasOwn(tasks, task) ? tasks[task] : undefined
  if (make === undefined) throw new Error(`Expected a task of ${module} but received ${task}`)
  return make(args)
}
