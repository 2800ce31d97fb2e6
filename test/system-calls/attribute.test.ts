import t from 'tap'
import { Attribution } from './attribute'

const LOG = `
[pid 101] memfd_secret(O_CLOEXEC) = 18
 > /usr/lib/x86_64-linux-gnu/libc.so.6(syscall+0x19) [0x10d9b9]
 > /srv/build/Release/memfd_secret.node(napi_register_module_v1+0x1a2) [0x5e32]
 > /usr/bin/node(napi_create_double+0x10) [0x1]
[pid 101] openat(AT_FDCWD, "x", O_RDONLY) = 19
 > /usr/lib/x86_64-linux-gnu/libc.so.6(open+0x19) [0x10d9b9]
 > /usr/bin/node(uv_fs_open+0x10) [0x1]
 > /srv/build/Release/memfd_secret.node(Use+0x1a2) [0x5e32]
[pid 102] read(5,  <unfinished ...>
[pid 101] <... mlock resumed>) = 0
 > /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2(mlock+0x19) [0x10d9b9]
 > /srv/build/Release/memfd_secret_preload.so(Grow+0x1a2) [0x5e32]
+++ exited with 0 +++
 > /srv/build/Release/memfd_secret.node(stray+0x1a2) [0x5e32]
`

t.test('a call is its library, and not that of a callback', async (t) => {
  const seen = new Attribution()
  for (const line of LOG.split('\n')) seen.line(line)
  t.same([...seen.calls.addon], [['memfd_secret', 1]])
  t.same([...seen.calls.preload], [['mlock', 1]])
})
