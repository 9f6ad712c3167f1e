// Token counts in disjoint buckets: every token stands in exactly one, so sums are totals and nothing is billed twice.
import { z } from 'zod';

/** More than any call has; sums of millions of such calls are still exact in a double. */
export const MAX_CALL_COUNT = 1_000_000_000;

const count = z.int().nonnegative().max(MAX_CALL_COUNT).default(0);

export const tokenUsageShape = {
  /** Prompt tokens billed at the full input price. */
  input_uncached_tokens: count,
  /** Prompt tokens read from the provider's prompt cache. */
  input_cache_read_tokens: count,
  /** Prompt tokens written to a cache that lives five minutes (or the provider's only lifetime). */
  input_cache_write_5m_tokens: count,
  input_cache_write_1h_tokens: count,
  input_audio_tokens: count,
  input_image_tokens: count,
  /** Generated tokens of the answer, tool calls included, reasoning excluded. */
  output_text_tokens: count,
  output_reasoning_tokens: count,
  output_audio_tokens: count,
  output_image_tokens: count,
} as const;

export const TokenUsage = z.object(tokenUsageShape);
export type TokenUsage = z.infer<typeof TokenUsage>;
export type TokenBucket = keyof TokenUsage;

export const INPUT_BUCKETS = [
  'input_uncached_tokens',
  'input_cache_read_tokens',
  'input_cache_write_5m_tokens',
  'input_cache_write_1h_tokens',
  'input_audio_tokens',
  'input_image_tokens',
] as const satisfies readonly TokenBucket[];

export const OUTPUT_BUCKETS = [
  'output_text_tokens',
  'output_reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
] as const satisfies readonly TokenBucket[];

export const TOKEN_BUCKETS = [...INPUT_BUCKETS, ...OUTPUT_BUCKETS] as const;

const NO_TOKENS: Readonly<TokenUsage> = TokenUsage.parse({});

/** A new object with every bucket at 0. */
export function emptyUsage(): TokenUsage {
  return { ...NO_TOKENS };
}

/** All prompt tokens, cached ones included (`gen_ai.usage.input_tokens`). */
export function totalInputTokens(usage: TokenUsage): number {
  return INPUT_BUCKETS.reduce((sum, bucket) => sum + usage[bucket], 0);
}

/** All generated tokens, reasoning included (`gen_ai.usage.output_tokens`). */
export function totalOutputTokens(usage: TokenUsage): number {
  return OUTPUT_BUCKETS.reduce((sum, bucket) => sum + usage[bucket], 0);
}

/** Where the counts came from: the provider, our tokenizer, a stream that ended early, or nowhere. */
export const UsageSource = z.enum(['reported', 'estimated', 'partial', 'none']);
export type UsageSource = z.infer<typeof UsageSource>;
