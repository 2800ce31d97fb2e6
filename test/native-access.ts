import { join } from 'node:path'

/** test/fixtures/native-access: reads and writes at an address, as a faulty native library would. */
export interface NativeAccess {
  addressOf(memory: ArrayBuffer): bigint
  peek(address: bigint, length: number): Buffer
  poke(address: bigint, byte: number): void
}

export function loadNativeAccess(): NativeAccess {
  // Not a .node file: node-gyp-build takes any such for the package's own addon.
  const module = { exports: {} as NativeAccess }
  process.dlopen(module, join(__dirname, '..', '..', 'build', 'Release', 'native_access.so'))
  return module.exports
}
