import type { Surroundings } from '../../lib/doctor/surroundings'
import type { Support } from '../../lib/index'

/** A hardened process on a machine where nothing is to be said; and what differs from it. */
export function simulateSupport(differences: Partial<Support> = {}): Support {
  return {
    backing: 'memfd_secret',
    memfdSecret: { available: true, reason: null, errno: null, hint: null, evidence: ['tried: all works'] },
    kernel: { release: '6.12.117', arch: 'x86_64', accounting: 'at-mmap' },
    memlock: { soft: 8_388_608, hard: 8_388_608, used: 0, capIpcLock: false },
    sealing: 'pkey',
    preload: {
      active: true,
      scope: 'keys',
      backing: 'memfd_secret',
      bytesInUse: 0,
      peakBytes: 0,
      capacityBytes: 65_536,
      secretAllocations: 0,
      otherAllocations: 0,
      fallbacks: 0,
    },
    process: { dumpable: false, coreLimit: 0, seccomp: 0, inspector: false, swap: false, holdsHibernation: true },
    ...differences,
  }
}

export function withProcess(differences: Partial<Support['process']>): Support {
  const support = simulateSupport()
  return { ...support, process: { ...support.process, ...differences } }
}

export function simulateSurroundings(differences: Partial<Surroundings> = {}): Surroundings {
  return {
    swaps: [],
    powerStates: 'freeze mem',
    hibernation: null,
    corePattern: 'core',
    ptraceScope: 1,
    descriptors: 1024,
    nodeOptions: '',
    execArgv: [],
    preloadList: '',
    runtime: null,
    ...differences,
  }
}

export const FALLEN_BACK: Partial<Support> = {
  backing: 'mlock',
  memfdSecret: {
    available: false,
    reason: 'not-enabled',
    errno: 'ENOSYS',
    hint: 'Turn it on: secretmem.enable=1',
    evidence: ['tried: memfd_secret answers ENOSYS'],
  },
}
