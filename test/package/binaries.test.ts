import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { ROOT } from './stranger'

if (process.platform !== 'linux') {
  t.plan(0, 'the binaries are for Linux')
  process.exit()
}

interface Options {
  kind: 'addon' | 'preload'
  arch: string
  inPackage?: boolean
  folders?: string[]
}

interface Checker {
  binaryProblems(bytes: Buffer, options: Options): string[]
}

const addon = readFileSync(join(ROOT, 'build/Release/memfd_secret.node'))
const preload = readFileSync(join(ROOT, 'build/Release/memfd_secret_preload.so'))
const arch = process.arch

const PROGRAM_HEADER = 56
const GNU_STACK = 0x6474e551
const GNU_RELRO = 0x6474e552
const LOAD = 1

/** A copy in which `change` was called for the offset of every program header of a type. */
function withHeaders(type: number, change: (bytes: Buffer, offset: number) => void): Buffer {
  const bytes = Buffer.from(addon)
  const start = Number(bytes.readBigUInt64LE(0x20))
  for (let index = 0; index < bytes.readUInt16LE(0x38); index += 1) {
    const offset = start + index * PROGRAM_HEADER
    if (bytes.readUInt32LE(offset) === type) change(bytes, offset)
  }
  return bytes
}

/** A copy in which a dynamic entry (a tag and a value) is another one. */
function withDynamic(from: readonly [number, number], to: readonly [number, number]): Buffer {
  const entry = ([tag, value]: readonly [number, number]): Buffer => {
    const bytes = Buffer.alloc(16)
    bytes.writeBigUInt64LE(BigInt(tag), 0)
    bytes.writeBigUInt64LE(BigInt(value), 8)
    return bytes
  }
  const bytes = Buffer.from(addon)
  const offset = bytes.indexOf(entry(from))
  if (offset < 0) throw new Error(`Expected the dynamic entry ${from.join()} but found none`)
  entry(to).copy(bytes, offset)
  return bytes
}

/** A copy in which a name of the same length stands for another, where it is a whole string. */
function withName(bytes: Buffer, from: string, to: string): Buffer {
  const changed = Buffer.from(bytes)
  const offset = changed.indexOf(`\0${from}\0`, 0, 'latin1')
  if (offset < 0 || from.length !== to.length) throw new Error(`Expected ${from} but found none`)
  changed.write(to, offset + 1, 'latin1')
  return changed
}

const FLAGS = [30, 0x8] as const
const FLAGS_1 = [0x6ffffffb, 0x9] as const

t.test('the check of a binary', async (st) => {
  // A module for Node.js alone: this test is compiled to CommonJS, where TypeScript would make `import` a `require`.
  const url = pathToFileURL(join(ROOT, 'scripts/binary-problems.mjs')).href
  const { binaryProblems } = (await import(url)) as Checker
  const problems = (bytes: Buffer, more: Partial<Options> = {}): string[] =>
    binaryProblems(bytes, { kind: 'addon', arch, ...more })

  st.strictSame(problems(addon), [], 'the built addon is good')
  st.strictSame(problems(preload, { kind: 'preload' }), [], 'the built preload library is good')

  const refusals: [string, Buffer, RegExp][] = [
    ['relro', withHeaders(GNU_RELRO, (bytes, at) => bytes.writeUInt32LE(0x6474e550, at)), /relro/],
    ['an executable stack', withHeaders(GNU_STACK, (bytes, at) => bytes.writeUInt32LE(7, at + 4)), /stack executable/],
    ['no word on the stack', withHeaders(GNU_STACK, (bytes, at) => bytes.writeUInt32LE(4, at)), /stack executable/],
    ['code that can be written', withHeaders(LOAD, (bytes, at) => bytes.writeUInt32LE(7, at + 4)), /can be written/],
    ['a needed library', withDynamic(FLAGS, [1, 1]), /DT_NEEDED/],
    ['a search path', withDynamic(FLAGS, [29, 1]), /search path/],
    ['relocations in code', withDynamic(FLAGS, [30, 0xc]), /relocations in its code/],
    ['no nodelete', withDynamic(FLAGS_1, [0x6ffffffb, 1]), /nodelete/],
    ['no stack protector', withName(addon, '__stack_chk_fail', '__stack_chk_miss'), /stack protector/],
    ['a name of newer C libraries', withName(addon, 'waitpid', 'gettid2'), /undefined: gettid2/],
    ['a name of C++', withName(addon, 'waitpid', '_Znwm00'), /undefined: _Znwm00/],
    ['another export', withName(addon, 'napi_register_module_v1', 'napi_register_module_v2'), /for the exports/],
  ]
  for (const [name, bytes, expected] of refusals) st.match(problems(bytes).join('\n'), expected, name)

  const lazy = withDynamic(FLAGS, [30, 0])
  const flagsOne = lazy.indexOf(Buffer.from([0xfb, 0xff, 0xff, 0x6f, 0, 0, 0, 0, 9]))
  lazy[flagsOne + 8] = 8
  st.match(problems(lazy).join(), /lacks now/, 'bound late')
  st.match(problems(addon, { arch: 'other' }).join(), /for the machine/, 'another machine')
  st.match(problems(addon, { kind: 'preload' }).join(), /undefined: napi_/, 'the preload library knows no Node-API')
  st.match(
    problems(addon, { inPackage: true }).join(),
    /not stripped/,
    'what is built for tests is not for the package',
  )
  const path = Buffer.concat([addon, Buffer.from('/home/somebody/memfd-secret/src/addon.cc')])
  st.match(problems(path, { inPackage: true }).join(), /path of the build machine/, 'a path')
  const folder = Buffer.concat([addon, Buffer.from('/data/checkout/src')])
  st.match(problems(folder, { inPackage: true, folders: ['/data/checkout'] }).join(), /path of the build machine/)
  st.throws(() => problems(Buffer.from('#!/bin/sh')), /ELF/, 'what is no ELF file')
  st.throws(() => problems(addon.subarray(0, 4096)), RangeError, 'a file cut short')
})
