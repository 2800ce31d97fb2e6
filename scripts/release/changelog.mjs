// What makes CHANGELOG.md one in the form of Keep a Changelog.

const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']
const heading = /^## \[(Unreleased|\d+\.\d+\.\d+(?:-[\w.]+)?)\](?: - (\d{4}-\d{2}-\d{2}))?$/

/** Lines that say where a changelog departs from the form; none for a good one. */
export function formProblems(text) {
  const problems = []
  if (!text.startsWith('# Changelog\n')) problems.push('Expected "# Changelog" for the first line')
  for (const [line] of text.matchAll(/^##.*$/gm)) {
    const found = heading.exec(line)
    if (line.startsWith('### ')) {
      if (!kinds.includes(line.slice(4))) problems.push(`Expected one of ${kinds.join(', ')} but received "${line}"`)
    } else if (!found) {
      problems.push(`Expected "## [VERSION] - YYYY-MM-DD" or "## [Unreleased]" but received "${line}"`)
    } else if ((found[1] === 'Unreleased') !== (found[2] === undefined)) {
      problems.push(`Expected a date for each version, and none for Unreleased, but received "${line}"`)
    }
  }
  return problems
}

/** Lines that say why a version cannot be published with this changelog; none if it can. */
export function releaseProblems(text, version) {
  const sections = text.split(/^## /m).slice(1)
  const section = sections.find((one) => one.startsWith(`[${version}] - `))
  if (section === undefined)
    return [`Expected a section "## [${version}] - YYYY-MM-DD" in CHANGELOG.md but received none`]
  const problems = /^- /m.test(section) ? [] : [`Expected changes in the section of ${version} but received none`]
  const unreleased = sections.find((one) => one.startsWith('[Unreleased]'))
  if (unreleased !== undefined && /^- /m.test(unreleased)) {
    problems.push(`Expected all changes in the section of ${version} but received some in Unreleased`)
  }
  return problems
}
