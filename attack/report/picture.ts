import { HOLDER_NAMES, HOLDER_TITLES } from '../holders'
import type { Cell, Report, Row } from '../results'
import { kernelVersion, wordOf } from './words'

const TITLE_WIDTH = 430
const COLUMN = 116
const LINE = 24
const TOP = 78
const MARGIN = 20

/** Told apart by shape too: a cross, a tick, a dash. Drawn around 0, 0. */
const MARKS: Record<Cell['verdict'], string> = {
  leaks: 'M-4 -4 L4 4 M4 -4 L-4 4',
  safe: 'M-5 0 L-1.5 4 L5 -4',
  impossible: 'M-5 0 L5 0',
  unavailable: 'M-5 0 L5 0',
  failed: 'M0 -5 L0 1 M0 4 L0 5',
}

const CLASSES: Record<Cell['verdict'], string> = {
  leaks: 'bad',
  safe: 'good',
  impossible: 'none',
  unavailable: 'none',
  failed: 'bad',
}

// The ground is painted too, so that it stays readable where the page's colours are not those that the browser prefers.
const STYLE = `
    .ground { fill: #ffffff } .title, .text { fill: #1f2328 } .faint { fill: #59636e } .rule { stroke: #d1d9e0 }
    .bad.box { fill: #ffebe9 } .good.box { fill: #dafbe1 } .none.box { fill: #f6f8fa }
    .bad.word { fill: #a40e26 } .good.word { fill: #116329 } .none.word { fill: #59636e }
    .bad.mark { stroke: #a40e26 } .good.mark { stroke: #116329 } .none.mark { stroke: #59636e }
    .mark { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
    text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
    .title { font-size: 15px; font-weight: 600 } .column { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 } .title, .text { fill: #f0f6fc } .faint { fill: #9198a1 } .rule { stroke: #3d444d }
      .bad.box { fill: #3c1618 } .good.box { fill: #12261e } .none.box { fill: #151b23 }
      .bad.word { fill: #ff9492 } .good.word { fill: #57d679 } .none.word { fill: #9198a1 }
      .bad.mark { stroke: #ff9492 } .good.mark { stroke: #57d679 } .none.mark { stroke: #9198a1 }
    }
  `

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function cell({ verdict }: Cell, row: Row, column: number, y: number): string {
  const x = MARGIN + TITLE_WIDTH + column * COLUMN
  const kind = CLASSES[verdict]
  const word = wordOf(verdict, row).toLowerCase()
  return [
    `<rect class="box ${kind}" x="${x + 2}" y="${y + 1}" width="${COLUMN - 4}" height="${LINE - 3}" rx="4"/>`,
    `<path class="mark ${kind}" transform="translate(${x + 16} ${y + LINE / 2})" d="${MARKS[verdict]}"/>`,
    `<text class="word ${kind}" x="${x + 28}" y="${y + 16}">${escape(word)}</text>`,
  ].join('')
}

function line(row: Row, index: number): string {
  const y = TOP + index * LINE
  const cells = HOLDER_NAMES.map((name, column) => cell(row.cells[name], row, column, y))
  return `  <g><text class="text" x="${MARGIN}" y="${y + 16}">${escape(row.title)}</text>${cells.join('')}</g>`
}

/** The results as a picture, for a light and a dark page. */
export function renderPicture(report: Report): string {
  const { rows, node, date, attacker } = report
  const width = 2 * MARGIN + TITLE_WIDTH + HOLDER_NAMES.length * COLUMN
  const height = TOP + rows.length * LINE + MARGIN
  const who = attacker.root ? 'root' : 'the same user'
  const columns = HOLDER_NAMES.map((name, column) => {
    const x = MARGIN + TITLE_WIDTH + column * COLUMN + 10
    return `<text class="text column" x="${x}" y="${TOP - 10}">${HOLDER_TITLES[name]}</text>`
  })
  const title = `What ${who} gets at, by where a secret is held`
  const machine = `Linux ${kernelVersion(report)}, Node.js ${node.slice(1)}, ${date}; npm run attack`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `  <style>${STYLE}</style>`,
    `  <rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    `  <text class="title" x="${MARGIN}" y="30">${title}</text>`,
    `  <text class="faint" x="${MARGIN}" y="48">${machine}</text>`,
    `  ${columns.join('')}`,
    `  <line class="rule" x1="${MARGIN}" x2="${width - MARGIN}" y1="${TOP - 2}" y2="${TOP - 2}"/>`,
    ...rows.map(line),
    '</svg>',
    '',
  ].join('\n')
}
