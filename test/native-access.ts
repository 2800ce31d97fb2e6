import { join } from 'node:path'

/** test/fixtures/native-access: reads and writes at an address, as a faulty native library would. */
export interface NativeAccess {
  addressOf(memory: ArrayBuffer): bigint
  peek(address: bigint, length: number): Buffer
  poke(address: bigint, byte: number): void
  /** Reads a byte, and writes it back where asked to. Answers the fault that this was, survived; null where it was none. */
  touch(address: bigint, write: boolean): Fault | null
  /** Whether mprotect(2) is refused there from now on: mseal(2), of Linux 6.10. */
  freeze(address: bigint, length: number): boolean
  /** From now on SIGSEGV is told on stdout, with its code and address, before it ends the process. */
  reportFaults(): void
}

/** As the kernel tells a signal handler. */
export interface Fault {
  signal: number
  /** si_code: 1 where nothing is mapped (SEGV_MAPERR), 2 where the mapping forbids it (SEGV_ACCERR). */
  code: number
  address: bigint
}

export function loadNativeAccess(): NativeAccess {
  // Not a .node file: node-gyp-build takes any such for the package's own addon.
  const module = { exports: {} as NativeAccess }
  process.dlopen(module, join(__dirname, '..', '..', 'build', 'Release', 'native_access.so'))
  return module.exports
}
