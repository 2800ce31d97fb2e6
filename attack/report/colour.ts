export type Colour = 'red' | 'green' | 'dim' | 'bold'
export type Paint = (text: string, colour: Colour) => string

const CODES = { red: 31, green: 32, dim: 2, bold: 1 } as const

/** https://no-color.org: set and not empty. */
export function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

export function painter(colour: boolean): Paint {
  return (text, name) => (colour ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text)
}
