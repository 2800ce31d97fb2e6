import t from 'tap'
import { detectRuntime, parseConfig } from '../../lib/detection/collect'
import { isAtLeast, mayNotProtectArm64, parseRelease, stableRelease } from '../../lib/detection/kernel-release'
import { fieldOf, hasBit, limitOf, parameterOf, readText, seccompOf, toBoolean } from '../../lib/detection/proc'

t.test('releases of kernels', async (t) => {
  t.same(parseRelease('6.1.0-56-amd64'), [6, 1, 0])
  t.same(parseRelease('6.18.44-fc-v669'), [6, 18, 44])
  t.same(parseRelease('7.3-rc1'), [7, 3, 0])
  t.equal(parseRelease('unknown'), null)
  t.same(stableRelease('6.1.0-56-arm64', '#1 SMP Debian 6.1.192-2 (2026-10-11)'), [6, 1, 192])
  t.same(stableRelease('6.8.0-40-generic', '#40-Ubuntu SMP'), [6, 8, 0])
  t.ok(isAtLeast([6, 5, 0], [6, 5, 0]))
  t.ok(isAtLeast([10, 0, 0], [6, 5, 9]))
  t.notOk(isAtLeast([5, 14, 9], [5, 15, 0]))
})

t.test('CVE-2024-50182 was mended in each long-term series by itself', async (t) => {
  for (const bad of ['5.15.168', '6.1.112', '6.6.56', '6.11.3', '5.14.0', '6.8.12']) {
    t.ok(mayNotProtectArm64(parseRelease(bad) ?? [0, 0, 0]), bad)
  }
  for (const good of ['5.15.169', '6.1.113', '6.6.57', '6.11.4', '6.12.0', '7.0.1']) {
    t.notOk(mayNotProtectArm64(parseRelease(good) ?? [0, 0, 0]), good)
  }
})

t.test('/proc/PID/limits', async (t) => {
  const limits = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max core file size        0                    unlimited            bytes     ',
    'Max locked memory         8388608              67108864             bytes     ',
    'Max nice priority         0                    0                    ',
  ].join('\n')
  t.same(limitOf(limits, 'Max locked memory'), { soft: 8388608, hard: 67108864 })
  t.same(limitOf(limits, 'Max core file size'), { soft: 0, hard: Infinity })
  t.same(limitOf(limits, 'Max nice priority'), { soft: 0, hard: 0 })
  t.equal(limitOf(limits, 'Max open files'), null)
  t.equal(limitOf(null, 'Max open files'), null)
})

t.test('/proc/PID/status', async (t) => {
  const status = 'Name:\tnode\nVmLck:\t     16 kB\nCapEff:\t000001fffeffffff\nSigCgt:\t0000000000000200\nSeccomp:\t2\n'
  t.equal(fieldOf(status, 'VmLck'), '16 kB')
  t.equal(fieldOf(status, 'Vm'), null)
  t.equal(fieldOf(`Name:\tSeccomp:\t0\n${status}`, 'Seccomp'), '2', 'not where a program has the name of a field')
  t.ok(hasBit(status, 'CapEff', 14))
  t.notOk(hasBit(status, 'CapEff', 24))
  t.ok(hasBit(status, 'SigCgt', 9))
  t.notOk(hasBit(status, 'CapInh', 0), 'a field that is not there')
  t.equal(seccompOf(status), 2)
  t.equal(seccompOf('Name:\tnode\n'), null)
  t.equal(seccompOf(null), null)
})

t.test("the kernel's command line", async (t) => {
  t.equal(parameterOf('quiet secretmem.enable=1 ro\n', 'secretmem.enable'), '1')
  t.equal(parameterOf('xsecretmem.enable=1', 'secretmem.enable'), null)
  t.equal(parameterOf(null, 'secretmem.enable'), null)
  for (const yes of ['Y\n', 'y', '1', 'on', 't']) t.equal(toBoolean(yes), true, yes.trim())
  for (const no of ['N\n', 'n', '0', 'off', 'f']) t.equal(toBoolean(no), false, no.trim())
  for (const neither of ['', 'o', 'maybe', null]) t.equal(toBoolean(neither), null, String(neither))
})

t.test("the kernel's configuration", async (t) => {
  const file = '/boot/config-6.1'
  t.same(parseConfig(file, 'CONFIG_X86=y\nCONFIG_SECRETMEM=y\n'), { file, secretmem: true, rodataFull: null })
  t.same(parseConfig(file, 'CONFIG_X86=y\n# CONFIG_SECRETMEM is not set\n'), {
    file,
    secretmem: false,
    rodataFull: null,
  })
  t.same(parseConfig(file, 'CONFIG_ARM64=y\nCONFIG_SECRETMEM=y\nCONFIG_RODATA_FULL_DEFAULT_ENABLED=y\n'), {
    file,
    secretmem: true,
    rodataFull: true,
  })
  t.equal(parseConfig(file, 'not a configuration'), null)
  t.equal(parseConfig(file, null), null)
})

t.test('how the process was started', async (t) => {
  const none = () => false
  t.equal(
    detectRuntime({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, () => true),
    'kubernetes',
  )
  t.equal(
    detectRuntime({}, (file) => file === '/.dockerenv'),
    'docker',
  )
  t.equal(
    detectRuntime({}, (file) => file === '/run/.containerenv'),
    'podman',
  )
  t.equal(detectRuntime({ INVOCATION_ID: 'a', JOURNAL_STREAM: '8:1' }, none), 'systemd')
  t.equal(detectRuntime({ INVOCATION_ID: 'a' }, none), null, 'a shell that a unit started')
  t.equal(detectRuntime({}, none), null)
})

t.test('a file that is not there is null', async (t) => {
  t.equal(readText('/proc/self/no-such-file'), null)
  t.match(readText('/proc/self/status'), /^Name:/)
})
