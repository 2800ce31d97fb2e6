// Looks at every page of a folder of static pages: each link and picture leads to a file that is there, and to a place in it
// that is there. Addresses on other hosts are left alone.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const unescape = (text) =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>')

const isElsewhere = (target) => /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)

function anchorsOf(text) {
  return new Set([...text.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, name]) => unescape(name)))
}

/** {pages, links, problems}: how many were looked at, and a line for each that leads nowhere. */
export function checkLinks(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(?:html|svg)$/.test(name))
  const texts = new Map(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]))
  const anchors = new Map([...texts].map(([name, text]) => [name, anchorsOf(text)]))
  const pages = [...texts].filter(([name]) => name.endsWith('.html'))
  const problems = []
  let links = 0
  for (const [name, text] of pages) {
    const withoutScripts = text.replaceAll(/<script\b[^>]*>[^]*?<\/script>/g, (script) => script.split('>')[0])
    for (const [, raw] of withoutScripts.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      const target = unescape(raw)
      if (isElsewhere(target)) continue
      links++
      const [file, anchor] = target.split('#')
      const resolved = file === '' ? name : path.join(path.dirname(name), decodeURIComponent(file))
      const full = path.join(folder, resolved)
      if (!existsSync(full) || !statSync(full).isFile()) problems.push(`${name}: no such file: ${target}`)
      else if (anchor && !anchors.get(resolved)?.has(decodeURIComponent(anchor))) {
        problems.push(`${name}: no such place: ${target}`)
      }
    }
  }
  return { pages: pages.length, links, problems }
}
