import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { constants } from 'node:os'
import t from 'tap'
import { map, memfdSecret, O_CLOEXEC, unmap } from '../../lib/raw'
import { MEMFD_SECRET } from './run-child'
import { INVALID_TYPE, OUT_OF_RANGE, refuses, thrownBy } from './thrown'

const skip = { skip: !MEMFD_SECRET && 'needs memfd_secret' }
const PAGE = 4096

/** As Node's own: code, message, negative errno, syscall. */
function systemError(act: () => unknown, code: keyof typeof constants.errno, syscall: string): void {
  const error = thrownBy(act, code)
  t.match(error, { code, syscall, errno: -constants.errno[code] })
  t.match(error.message, new RegExp(`^${code}: .+, ${syscall}$`))
}

t.test('a descriptor', skip, async (t) => {
  t.equal(O_CLOEXEC, 0o2000000)
  const closing = memfdSecret()
  const inherited = memfdSecret(0)
  const flagsOf = (fd: number): number =>
    parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '', 8)
  t.equal(flagsOf(closing) & O_CLOEXEC, O_CLOEXEC, 'closed on exec by default')
  t.equal(flagsOf(inherited) & O_CLOEXEC, 0, 'and not by 0')
  t.equal(fstatSync(closing).size, 0)
  t.not(closing, inherited)
  closeSync(closing)
  closeSync(inherited)
})

t.test('flags that are none', skip, async (t) => {
  for (const flags of [1, 2, 0x4000_0000, 0xffff_ffff]) systemError(() => memfdSecret(flags), 'EINVAL', 'memfd_secret')
  for (const flags of [-1, 0.5, NaN, 2 ** 32, 2 ** 53])
    refuses(() => memfdSecret(flags), OUT_OF_RANGE, `flags ${flags}`)
  for (const flags of [null, '0', 0n, {}]) refuses(() => memfdSecret(flags as never), INVALID_TYPE, `flags ${flags}`)
  t.pass('all refused')
})

t.test('map gives memory that only a mapping can reach', skip, async (t) => {
  const fd = memfdSecret()
  const memory = map(fd, PAGE)
  t.equal(memory.byteLength, PAGE)
  t.equal(fstatSync(fd).size, PAGE, 'an empty file is given its size')
  new Uint8Array(memory).fill(7)
  systemErrorOfFs(() => readSync(fd, Buffer.alloc(8), 0, 8, 0))
  systemErrorOfFs(() => writeSync(fd, Buffer.alloc(8), 0, 8, 0))
  const same = map(fd, 100)
  t.equal(same.byteLength, 100, 'as many bytes as asked for')
  t.same(new Uint8Array(same)[99], 7, 'the same pages')
  new Uint8Array(same)[0] = 9
  t.equal(new Uint8Array(memory)[0], 9)
  unmap(same)
  t.equal(new Uint8Array(memory)[0], 9, 'the other mapping lives')
  closeSync(fd)
  t.equal(new Uint8Array(memory)[1], 7, 'and outlives the descriptor')
  unmap(memory)
})

function systemErrorOfFs(act: () => unknown): void {
  t.match(thrownBy(act).code, /^(EINVAL|ESPIPE|EOPNOTSUPP)$/, "read(2) and write(2) can't reach it")
}

t.test('unmap detaches, once', skip, async (t) => {
  const fd = memfdSecret()
  const memory = map(fd, PAGE)
  const view = new Uint8Array(memory)
  unmap(memory)
  t.equal(memory.byteLength, 0)
  t.equal(view.length, 0)
  systemError(() => unmap(memory), 'EINVAL', 'munmap')
  systemError(() => unmap(new ArrayBuffer(8)), 'EINVAL', 'munmap')
  for (const value of [null, undefined, view, Buffer.alloc(1), new SharedArrayBuffer(8), {}, 1]) {
    refuses(() => unmap(value as never), INVALID_TYPE, 'no ArrayBuffer')
  }
  t.equal(map(fd, PAGE).byteLength, PAGE, 'can be mapped again')
  closeSync(fd)
})

t.test('memory that was moved away', skip, async (t) => {
  const fd = memfdSecret()
  const memory = map(fd, PAGE)
  new Uint8Array(memory)[0] = 5
  // Node 20 copies external memory in place of moving it; from 22 on only the method moves it, a transfer list throws.
  const transfer: unknown = Reflect.get(memory, 'transfer')
  const moved: ArrayBuffer =
    typeof transfer === 'function' ? transfer.call(memory) : structuredClone(memory, { transfer: [memory] })
  t.equal(new Uint8Array(moved)[0], 5)
  if (memory.byteLength === 0) systemError(() => unmap(memory), 'EINVAL', 'munmap')
  else unmap(memory)
  closeSync(fd)
})

t.test('what cannot be mapped', skip, async (t) => {
  const name = join(t.testdir({}), 'ordinary')
  writeFileSync(name, Buffer.alloc(2 * PAGE))
  const ordinary = openSync(name, 'r+')
  systemError(() => map(ordinary, PAGE), 'EINVAL', 'mmap')
  t.equal(fstatSync(ordinary).size, 2 * PAGE, 'left as it was')
  closeSync(ordinary)
  const nothing = openSync('/dev/zero', 'r+')
  systemError(() => map(nothing, PAGE), 'EINVAL', 'mmap')
  closeSync(nothing)
  systemError(() => map(1_000_000, PAGE), 'EBADF', 'fstatfs')

  const fd = memfdSecret()
  map(fd, PAGE)
  systemError(() => map(fd, PAGE + 1), 'EINVAL', 'mmap')
  closeSync(fd)
  systemError(() => map(fd, PAGE), 'EBADF', 'fstatfs')
})

t.test('arguments', skip, async (t) => {
  const fd = memfdSecret()
  for (const value of [-1, 0.5, NaN, 2 ** 31, -0.1]) refuses(() => map(value, PAGE), OUT_OF_RANGE, `fd ${value}`)
  for (const value of [undefined, null, '3', 3n, {}])
    refuses(() => map(value as never, PAGE), INVALID_TYPE, `fd ${value}`)
  for (const length of [0, -1, 0.5, NaN, 2 ** 31, 2 ** 53])
    refuses(() => map(fd, length), OUT_OF_RANGE, `length ${length}`)
  for (const length of [undefined, null, '8', 8n])
    refuses(() => map(fd, length as never), INVALID_TYPE, `length ${length}`)
  t.equal(fstatSync(fd).size, 0, 'no refusal gives the file a size')
  closeSync(fd)
})
