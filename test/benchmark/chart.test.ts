import t from 'tap'
import { darkRules, renderChart } from '../../benchmark/report/chart'

const chart = {
  file: 'x',
  title: 'A title',
  subtitle: 'Shorter is better',
  description: 'Two bars.',
  bars: [
    { label: 'ours', value: 2, text: '2 µs', ours: true },
    { label: 'theirs & others', value: 20, text: '20 µs (10×)', ours: false },
  ],
}

/** The lengths of the bars, from their outlines. */
function lengthsOf(svg: string): number[] {
  const bars = [...svg.matchAll(/aria-roledescription="bar"[^>]* d="M0,[^"]*?h([\d.]+)/g)]
  return bars.map(([, length]) => Number(length))
}

t.test('a picture says what it shows, and its bars are as long as their values', async (t) => {
  const svg = await renderChart(chart)
  t.ok(svg.startsWith('<svg') && svg.endsWith('</svg>\n'))
  for (const text of ['A title', 'Shorter is better', 'ours', 'theirs &amp; others', '2 µs', '20 µs (10×)']) {
    t.ok(svg.includes(`>${text}<`), text)
  }
  const [own = 0, other = 0] = lengthsOf(svg)
  t.ok(own > 0)
  t.equal(Math.round((other / own) * 1000), 10_000, `${own} and ${other}`)
})

t.test('each colour has another on a dark page', async (t) => {
  const svg = await renderChart(chart)
  t.ok(svg.includes(`<style>@media (prefers-color-scheme: dark){${darkRules()}}</style>`))
  const colours = new Set([...svg.matchAll(/(?:fill|stroke)="(#[\da-f]+|[a-z]+)"/g)].map(([, colour]) => colour))
  for (const colour of colours) {
    if (colour === 'none' || colour === 'transparent') continue
    t.ok(darkRules().includes(`[fill="${colour}"]`), `${colour} is known`)
  }
})
