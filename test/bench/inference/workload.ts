// The requests that every contender is given.

export const STREAMS = 16;

export function requestOf(seed: number, tokens: number): Record<string, unknown> {
  return { prompt: promptOf(seed), max_tokens: tokens, temperature: 0, ignore_eos: true };
}

export function promptOf(seed: number): string {
  return `Report ${seed}: the ship met the whale at the ${seed % 7}th hour and the nation`;
}

/** Between 8 and 120 tokens. */
export function mixedTokens(seed: number): number {
  return 8 + ((Math.imul(seed, 2654435761) >>> 0) % 113);
}
