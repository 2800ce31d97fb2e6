import { writeFileSync } from 'node:fs'
import type { Attack } from '../attack'
import { attackFromInside } from '../inside-victim'
import { type Inside, made } from '../victim/inside'

const name = 'process-report'

export const attack: Attack = {
  name,
  title: 'process.report',
  from: 'inside',
  effect: 'read',
  leaks: 'the secret is in the report',
  control: 'environment',
  make: (target) => attackFromInside(name, target),
}

export const inside: Inside = (_held, path) => {
  writeFileSync(path, JSON.stringify(process.report.getReport()), { mode: 0o600 })
  return made('a diagnostic report')
}
