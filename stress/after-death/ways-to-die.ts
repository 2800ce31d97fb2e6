/** What a victim does once it is told to die, and what is to be seen of that. */
export interface WayToDie {
  nodeArgs?: readonly string[]
  /** 'kill': by SIGKILL from outside. Else what the victim does itself. */
  act: 'kill' | 'abort' | 'throw' | 'exit' | 'fill-heap' | 'touch-null'
  /** What the parent puts over the victim before. */
  limit?: 'address-space' | 'cgroup'
  /** How it may end: signals, or exit statuses. V8 ends by a trap in some versions, by abort(3) in others. */
  ends: readonly (NodeJS.Signals | number)[]
  leavesCore: boolean
}

const FATAL = ['SIGABRT', 'SIGTRAP', 'SIGILL'] as const

export const WAYS_TO_DIE = {
  'kill -9': { act: 'kill', ends: ['SIGKILL'], leavesCore: false },
  'process.exit': { act: 'exit', ends: [0], leavesCore: false },
  'uncaught exception': { act: 'throw', ends: [1], leavesCore: false },
  'uncaught exception, --abort-on-uncaught-exception': {
    nodeArgs: ['--abort-on-uncaught-exception'],
    act: 'throw',
    ends: FATAL,
    leavesCore: true,
  },
  abort: { act: 'abort', ends: ['SIGABRT'], leavesCore: true },
  SIGSEGV: { act: 'touch-null', ends: ['SIGSEGV'], leavesCore: true },
  // With all that Node itself can be asked to leave: a heap snapshot, a report.
  'V8 heap exhausted': {
    nodeArgs: ['--max-old-space-size=32', '--heapsnapshot-near-heap-limit=1', '--report-on-fatalerror'],
    act: 'fill-heap',
    ends: FATAL,
    leavesCore: true,
  },
  'address space limited': { act: 'fill-heap', limit: 'address-space', ends: FATAL, leavesCore: true },
  'out of memory in a cgroup': { act: 'fill-heap', limit: 'cgroup', ends: ['SIGKILL'], leavesCore: false },
} as const satisfies Record<string, WayToDie>

export type WayName = keyof typeof WAYS_TO_DIE
