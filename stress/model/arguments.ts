export const VARIANTS = ['plain', 'limit', 'faults', 'heap'] as const
export type Variant = (typeof VARIANTS)[number]

export interface ModelArguments {
  seed: number
  steps: number
  seconds: number
  variant: Variant
}

const isVariant = (word: string): word is Variant => (VARIANTS as readonly string[]).includes(word)

export function parseModelArguments([seed, steps, seconds, variant = 'plain']: readonly string[]): ModelArguments {
  const numbers = { seed: Number(seed), steps: Number(steps), seconds: Number(seconds) }
  if (!Object.values(numbers).every((number) => number > 0) || !isVariant(variant)) {
    throw new Error('Expected SEED STEPS SECONDS VARIANT for arguments but received others')
  }
  return { ...numbers, variant }
}
