// Counts tokens where a provider reported none. The tokenizer is loaded at the first need, never before.
// An estimate is marked as one by its caller; it never replaces a reported count.

export interface SampledText {
  readonly text: string;
  /** Share of the whole text that `text` is, 0 to 1. */
  readonly share: number;
}

type CountTokens = (text: string) => number;
let tokenizer: Promise<CountTokens> | null = null;

/** Tokens of a text (by OpenAI's o200k vocabulary), scaled up where only a part of it was kept. */
export async function estimateTokens({ text, share }: SampledText): Promise<number> {
  if (text === '') return 0;
  tokenizer ??= loadTokenizer();
  const count = await tokenizer;
  return Math.max(1, Math.round(count(text) / Math.max(share, 1e-6)));
}

async function loadTokenizer(): Promise<CountTokens> {
  const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
  return (text) => encode(text, { disallowedSpecial: new Set() }).length;
}
