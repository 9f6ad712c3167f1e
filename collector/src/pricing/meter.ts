// What is metered, and where a meter's price comes from when the provider lists none of its own. No prices stand here.
import type { Provider, TokenBucket } from '@tollgate/contract';

/** `tool:<name>` is a tool use billed by the piece, `request` a fee per request. */
export type Meter =
  | 'input'
  | 'cache_read'
  | 'cache_write_5m'
  | 'cache_write_1h'
  | 'input_audio'
  | 'input_image'
  | 'output'
  | 'reasoning'
  | 'output_audio'
  | 'output_image'
  | 'request'
  | `tool:${string}`;

export const BUCKET_METERS: Readonly<Record<TokenBucket, Meter>> = {
  input_uncached_tokens: 'input',
  input_cache_read_tokens: 'cache_read',
  input_cache_write_5m_tokens: 'cache_write_5m',
  input_cache_write_1h_tokens: 'cache_write_1h',
  input_audio_tokens: 'input_audio',
  input_image_tokens: 'input_image',
  output_text_tokens: 'output',
  output_reasoning_tokens: 'reasoning',
  output_audio_tokens: 'output_audio',
  output_image_tokens: 'output_image',
};

/** Providers whose cached prompt tokens cost the plain input price unless a discount is listed. */
const CACHE_READ_AT_INPUT_PRICE: ReadonlySet<string> = new Set<Provider>([
  'openai',
  'azure',
  'groq',
  'mistral',
  'together',
  'fireworks',
  'cerebras',
  'cohere',
  'perplexity',
]);
/** Providers with one input price for all modalities unless another is listed. */
const AUDIO_AT_INPUT_PRICE: ReadonlySet<string> = new Set<Provider>(['google', 'vertex']);

/** The meter whose price applies when `meter` has none, or undefined where guessing would be wrong. */
export function fallbackMeter(meter: Meter, provider: string): Meter | undefined {
  switch (meter) {
    case 'reasoning':
      return 'output';
    case 'input_image':
      return 'input';
    case 'cache_read':
      return CACHE_READ_AT_INPUT_PRICE.has(provider) ? 'input' : undefined;
    case 'input_audio':
      return AUDIO_AT_INPUT_PRICE.has(provider) ? 'input' : undefined;
    default:
      return undefined;
  }
}

const STANDARD_TIERS = new Set(['', 'standard', 'default', 'auto', 'on_demand', 'on-demand']);

/** The tier to look a price up by: providers' several names for the ordinary one become `standard`. */
export function pricingTier(serviceTier: string): string {
  const tier = serviceTier.trim().toLowerCase();
  return STANDARD_TIERS.has(tier) ? 'standard' : tier;
}
