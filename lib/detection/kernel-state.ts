import type { Evidence } from './evidence'
import { isAtLeast, ON_BY_DEFAULT, parseRelease } from './kernel-release'
import { parameterOf, toBoolean } from './proc'

/** What the kernel itself says of memfd_secret(2), apart from what a filter may answer in its place. */
export interface KernelState {
  state: 'absent' | 'off' | 'on' | 'unknown'
  /** What it was told from. */
  because: string
}

/** The first that tells, surest first. */
export function kernelState(evidence: Evidence): KernelState {
  const { parameter, config, commandLine, release } = evidence
  const file = '/sys/module/secretmem/parameters/enable'
  if (parameter.value !== null) {
    return { state: parameter.value ? 'on' : 'off', because: `${file} is ${parameter.value ? 'Y' : 'N'}` }
  }
  if (config !== null && !config.secretmem) {
    return { state: 'absent', because: `CONFIG_SECRETMEM is not set in ${config.file}` }
  }
  if (parameter.exists === false) return { state: 'absent', because: '/sys/module has no secretmem' }

  const given = parameterOf(commandLine, 'secretmem.enable')
  const value = toBoolean(given)
  const compiled = parameter.exists === true || config !== null
  if (value !== null) {
    const said = `/proc/cmdline says secretmem.enable=${given}`
    // Whether the kernel has the parameter at all is not known where neither /sys nor its configuration can be read.
    return value && !compiled ? { state: 'unknown', because: said } : { state: value ? 'on' : 'off', because: said }
  }
  const version = parseRelease(release)
  if (!compiled || commandLine === null || version === null) {
    return { state: 'unknown', because: 'neither the configuration nor the parameters of the kernel can be read' }
  }
  const on = isAtLeast(version, ON_BY_DEFAULT)
  return {
    state: on ? 'on' : 'off',
    because: `the kernel has it compiled, /proc/cmdline has no secretmem.enable, and ${release} has it ${on ? 'on' : 'off'} by default`,
  }
}

/** On arm64 pages leave the direct map only with rodata=full, or debug_pagealloc. Null: not known. */
export function hasFullRodata(evidence: Evidence): boolean | null {
  if (evidence.commandLine === null) return null
  if (toBoolean(parameterOf(evidence.commandLine, 'debug_pagealloc')) === true) return true
  const given = parameterOf(evidence.commandLine, 'rodata')
  return given === null ? (evidence.config?.rodataFull ?? null) : given === 'full'
}
