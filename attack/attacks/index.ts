import type { Attack } from '../attack'
import { attack as bpfProbeReadUser } from './bpf-probe-read-user'
import { attack as bpfProbeReadUserInUse } from './bpf-probe-read-user-in-use'
import { attack as consoleLog } from './console-log'
import { attack as forkedChild } from './forked-child'
import { attack as gcore } from './gcore'
import { attack as gcoreAll } from './gcore-all'
import { attack as heapSnapshot } from './heap-snapshot'
import { attack as injectedReopenAndWrite } from './injected-reopen-and-write'
import { attack as injectedWrite } from './injected-write'
import { attack as injectedWriteInUse } from './injected-write-in-use'
import { attack as inspectorEvaluate } from './inspector-evaluate'
import { attack as inspectorLook } from './inspector-look'
import { attack as ioUringRegisteredBuffer } from './io-uring-registered-buffer'
import { attack as kernelCore } from './kernel-core'
import { attack as oDirect } from './o-direct'
import { attack as pidfdGetfd } from './pidfd-getfd'
import { attack as procFd } from './proc-fd'
import { attack as procMapFiles } from './proc-map-files'
import { attack as procMemRead } from './proc-mem-read'
import { attack as procMemWrite } from './proc-mem-write'
import { attack as processReport } from './process-report'
import { attack as processVmReadv } from './process-vm-readv'
import { attack as processVmWritev } from './process-vm-writev'
import { attack as ptracePeek } from './ptrace-peek'
import { attack as ptracePoke } from './ptrace-poke'
import { attack as structuredClone } from './structured-clone'
import { attack as structuredCloneOfView } from './structured-clone-of-view'
import { attack as swap } from './swap'
import { attack as userfaultfdMove } from './userfaultfd-move'
import { attack as vmsplice } from './vmsplice'

/** In the order of the table. */
export const ATTACKS: readonly Attack[] = [
  procMemRead,
  procMemWrite,
  processVmReadv,
  processVmWritev,
  ptracePeek,
  ptracePoke,
  gcore,
  gcoreAll,
  kernelCore,
  pidfdGetfd,
  procFd,
  procMapFiles,
  swap,
  oDirect,
  vmsplice,
  ioUringRegisteredBuffer,
  userfaultfdMove,
  forkedChild,
  heapSnapshot,
  processReport,
  consoleLog,
  structuredClone,
  inspectorLook,
  inspectorEvaluate,
  structuredCloneOfView,
  bpfProbeReadUser,
  bpfProbeReadUserInUse,
  injectedWrite,
  injectedWriteInUse,
  injectedReopenAndWrite,
]
