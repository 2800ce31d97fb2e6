import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' }
import type { Chart } from '../model'

/** Each colour as it is on a light page, and on a dark one. */
const COLOURS = {
  background: ['#ffffff', '#0d1117'],
  text: ['#1f2328', '#e6edf3'],
  quiet: ['#59636e', '#9198a1'],
  ours: ['#0969da', '#4493f8'],
  others: ['#8c959f', '#6e7681'],
} as const

const light = (name: keyof typeof COLOURS): string => COLOURS[name][0]

const WIDTH = 480
const BAR = 30
/** For the text at the end of the longest bar. */
const ROOM = 1.4
const MARGIN = 14
const TITLE = 62
/** Of a letter of a label, on average and a little over: without a canvas Vega takes letters for wider than they are. */
const LETTER = 7.8

const FONT = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif'

export function specOf({ title, subtitle, description, bars }: Chart): TopLevelSpec {
  const longest = Math.max(...bars.map(({ value }) => value))
  const widest = Math.max(...bars.map(({ label }) => label.length))
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { domainMin: 0, domainMax: longest * ROOM, nice: false },
    axis: null,
  } as const
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelPadding: 8, labelLimit: 400 },
  } as const
  const colour = { condition: { test: 'datum.ours', value: light('ours') }, value: light('others') } as const
  return {
    description,
    width: WIDTH,
    height: bars.length * BAR,
    autosize: { type: 'none' },
    padding: { left: MARGIN + widest * LETTER, right: MARGIN, top: TITLE, bottom: MARGIN },
    background: light('background'),
    title: { text: title, subtitle, anchor: 'start', frame: 'group', dx: -widest * LETTER, offset: 14 },
    data: { values: [...bars] },
    layer: [
      { mark: { type: 'bar', height: 20, cornerRadiusEnd: 3 }, encoding: { x, y, color: colour } },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, color: light('text') },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
    config: {
      font: FONT,
      view: { stroke: null },
      axis: { labelColor: light('text'), labelFontSize: 13 },
      text: { fontSize: 13 },
      title: { color: light('text'), subtitleColor: light('quiet'), fontSize: 15, subtitleFontSize: 12 },
    },
  }
}

/** Where the page around it is dark, the browser says so, and each colour gives way to its dark one. */
export function darkRules(): string {
  return Object.values(COLOURS)
    .map(([day, night]) => `[fill="${day}"]{fill:${night}}[stroke="${day}"]{stroke:${night}}`)
    .join('')
}

/** An SVG that is readable on light and dark pages, with a title for who does not see it. */
export async function renderChart(chart: Chart): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')])
  const view = new vega.View(vega.parse(compile(specOf(chart)).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  const style = `<style>@media (prefers-color-scheme: dark){${darkRules()}}</style>`
  return `${svg.replace(/^<svg[^>]*>/, (start) => `${start}${style}`)}\n`
}
