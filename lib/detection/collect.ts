import { readFileSync } from 'node:fs'
import { machine, release, version } from 'node:os'
import { zlib } from '../lazy-builtins'
import type { Evidence, Runtime, Trial } from './evidence'
import { isThere, limitOf, readText, seccompOf, toBoolean } from './proc'

function readParameter(): Evidence['parameter'] {
  const folder = '/sys/module/secretmem'
  // A sandbox may have no /sys/module at all: that the kernel lacks secretmem can be said only where others are there.
  const exists = isThere('/sys/module/kernel') ? isThere(folder) : null
  return { exists, value: toBoolean(readText(`${folder}/parameters/enable`)) }
}

function readCompressed(file: string): string | null {
  try {
    return zlib().gunzipSync(readFileSync(file)).toString('latin1')
  } catch {
    return null
  }
}

/** Null where the text is no configuration of a kernel. */
export function parseConfig(file: string, text: string | null): Evidence['config'] {
  if (text === null || !/^CONFIG_/m.test(text)) return null
  const arm64 = /^CONFIG_ARM64=y$/m.test(text)
  return {
    file,
    secretmem: /^CONFIG_SECRETMEM=y$/m.test(text),
    rodataFull: arm64 ? /^CONFIG_RODATA_FULL_DEFAULT_ENABLED=y$/m.test(text) : null,
  }
}

function readConfig(): Evidence['config'] {
  const boot = `/boot/config-${release()}`
  return parseConfig('/proc/config.gz', readCompressed('/proc/config.gz')) ?? parseConfig(boot, readText(boot))
}

/** How this process was started, told by the marks that each leaves. */
export function detectRuntime(env: NodeJS.ProcessEnv, exists: (file: string) => boolean = isThere): Runtime {
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes'
  if (exists('/run/.containerenv')) return 'podman'
  if (exists('/.dockerenv')) return 'docker'
  return env['INVOCATION_ID'] !== undefined && env['JOURNAL_STREAM'] !== undefined ? 'systemd' : null
}

function readModules(): readonly string[] | null {
  const list = readText('/sys/kernel/security/lsm')
  return list === null ? null : list.trim().split(',')
}

/** Reads all that a reason may be told from. Costs some milliseconds, so only where memfd_secret does not serve. */
export function collectEvidence(trial: Trial, addonError: string | null): Evidence {
  const limits = readText('/proc/self/limits')
  return {
    platform: process.platform,
    machine: machine(),
    release: release(),
    version: version(),
    addonError,
    trial,
    commandLine: readText('/proc/cmdline'),
    parameter: readParameter(),
    config: readConfig(),
    seccomp: seccompOf(readText('/proc/self/status')),
    lsm: readModules(),
    lsmLabel: readText('/proc/self/attr/current')?.replace(/[\0\s]+$/, '') || null,
    memlock: limitOf(limits, 'Max locked memory'),
    nofile: limitOf(limits, 'Max open files'),
    runtime: detectRuntime(process.env),
  }
}
