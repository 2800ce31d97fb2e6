// What must hold for each of our shared objects: one file serves glibc and musl runtimes, nothing in it can be written and
// run, and a file for the package tells nothing of the machine that built it.
import { readElf } from './elf.mjs'
import { libcNames, weakLibcNames } from './libc-names.mjs'

const kinds = {
  addon: {
    exports: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
    mayImport: ({ name }) => libcNames.has(name) || /^(?:napi|node_api)_[a-z0-9_]+$/.test(name),
  },
  preload: {
    // libc's names: it stands before them (src/preload/file_buffers.cc).
    exports: ['fclose', 'fopen', 'fopen64', 'memfd_secret_preload_status'],
    mayImport: ({ name, weak }) => (weak ? weakLibcNames : libcNames).has(name),
  },
}

/** The files of a build and of a folder of prebuilds, by the part of the package that each is. */
export const binaryNames = { addon: 'memfd_secret.node', preload: 'memfd_secret_preload.so' }

const machinePath =
  /\/(?:home|root|tmp|usr|opt|mnt|srv|work|build|builds|Users)\/[\w.@/-]+|[\w./-]*node_modules[\w./-]*/

function symbolProblems(elf, { exports, mayImport }) {
  const problems = elf.imports.filter((each) => !mayImport(each)).map(({ name }) => `undefined: ${name}`)
  const received = elf.exports.toSorted().join(', ')
  const expected = exports.join(', ')
  if (received !== expected) problems.push(`Expected ${expected} for the exports but received ${received || 'none'}`)
  return problems
}

function packageProblems(elf, bytes, folders) {
  const problems = []
  const left = elf.sections.filter((name) => name.startsWith('.debug') || name === '.comment')
  if (elf.hasSymbolTable) left.push('the symbol table')
  if (left.length > 0) problems.push(`not stripped of ${left.join(', ')}`)
  const text = bytes.toString('latin1')
  const found = machinePath.exec(text)?.[0] ?? folders.find((folder) => text.includes(folder))
  if (found !== undefined) problems.push(`holds a path of the build machine: ${found}`)
  return problems
}

/**
 * Lines that say what is wrong with a file, none for a good one. kind: addon or preload. arch: what the file must be for.
 * inPackage: also stripped, and without any of the folders in it. Throws an Error for what is no ELF file.
 */
export function binaryProblems(bytes, { kind, arch, inPackage = false, folders = [] }) {
  const elf = readElf(bytes)
  const rules = [
    [elf.machine === arch, `Expected ${arch} for the machine but received ${elf.machine}`],
    [elf.needed === 0, `needs ${elf.needed} libraries (DT_NEEDED)`],
    [!elf.searchPath, 'has a search path for libraries'],
    [elf.relro, 'lacks relro'],
    [elf.bindNow, 'lacks now (BIND_NOW)'],
    [elf.noDelete, 'lacks nodelete'],
    [!elf.executableStack, 'makes the stack executable'],
    [!elf.writableCode, 'has code that can be written'],
    [!elf.textRelocations, 'has relocations in its code'],
    [elf.imports.some(({ name }) => name === '__stack_chk_fail'), 'lacks the stack protector'],
  ]
  const problems = rules.filter(([holds]) => !holds).map(([, problem]) => problem)
  problems.push(...symbolProblems(elf, kinds[kind]))
  return inPackage ? [...problems, ...packageProblems(elf, bytes, folders)] : problems
}
