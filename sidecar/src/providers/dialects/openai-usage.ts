// Splits the usage object of OpenAI and everybody who copies it into disjoint buckets whose sum is the provider's total.
import type { TokenUsage } from '@tollgate/contract';
import { countAt, type JsonObject, numberAt, objectAt } from '../json-value.ts';

/** Reads `prompt_tokens`/`completion_tokens` (chat) and `input_tokens`/`output_tokens` (responses, images, speech). */
export function readOpenAiUsage(usage: JsonObject, provider: string): TokenUsage {
  const prompt =
    numberAt(usage, 'prompt_tokens') === undefined
      ? countAt(usage, 'input_tokens')
      : countAt(usage, 'prompt_tokens');
  const total = countAt(usage, 'total_tokens');
  const output =
    numberAt(usage, 'completion_tokens') === undefined
      ? countAt(usage, 'output_tokens')
      : countAt(usage, 'completion_tokens');
  const input = splitInput(usage, { prompt, output, total });
  const generated = splitOutput(usage, { prompt, output, total, provider });
  return {
    input_uncached_tokens: input.uncached,
    input_cache_read_tokens: input.cached,
    input_cache_write_5m_tokens: input.written,
    input_cache_write_1h_tokens: 0,
    input_audio_tokens: input.audio,
    input_image_tokens: input.image,
    output_text_tokens: generated.text,
    output_reasoning_tokens: generated.reasoning,
    output_audio_tokens: generated.audio,
    output_image_tokens: generated.image,
  };
}

interface Totals {
  readonly prompt: number;
  readonly output: number;
  readonly total: number;
}

function splitInput(usage: JsonObject, { prompt, output, total }: Totals) {
  const details =
    objectAt(usage, 'prompt_tokens_details') ??
    objectAt(usage, 'input_tokens_details') ??
    objectAt(usage, 'input_token_details');
  const cachedDetails = objectAt(details, 'cached_tokens_details');
  const cached = Math.min(prompt, cachedTokens(usage, details));
  const written = Math.min(prompt - cached, countAt(details, 'cache_write_tokens'));
  const audio = countAt(details, 'audio_tokens') - countAt(cachedDetails, 'audio_tokens');
  const image = countAt(details, 'image_tokens') - countAt(cachedDetails, 'image_tokens');
  const inputAudio = clamp(audio, prompt - cached - written);
  const inputImage = clamp(image, prompt - cached - written - inputAudio);
  // Mistral counts the tokens of audio in the total alone.
  const audioOutside =
    numberAt(usage, 'prompt_audio_seconds') === undefined ? 0 : clamp(total - prompt - output, total);
  return {
    uncached: prompt - cached - written - inputAudio - inputImage,
    cached,
    written,
    audio: inputAudio + audioOutside,
    image: inputImage,
  };
}

/** Where the servers put it: OpenAI's details, DeepSeek's and Kimi's own members, Mistral's and Fireworks' older ones. */
function cachedTokens(usage: JsonObject, details: JsonObject | undefined): number {
  return (
    countAt(details, 'cached_tokens') ||
    countAt(usage, 'prompt_cache_hit_tokens') ||
    countAt(usage, 'cached_tokens') ||
    countAt(usage, 'num_cached_tokens') ||
    countAt(usage, 'cached_prompt_tokens')
  );
}

function splitOutput(usage: JsonObject, totals: Totals & { readonly provider: string }) {
  const { prompt, output, total, provider } = totals;
  const details =
    objectAt(usage, 'completion_tokens_details') ??
    objectAt(usage, 'output_tokens_details') ??
    objectAt(usage, 'output_token_details');
  const reasoning = countAt(details, 'reasoning_tokens') || countAt(usage, 'reasoning_tokens');
  const outside = reasoning > 0 && reasoningIsOutside({ prompt, output, total, provider, reasoning });
  const whole = outside ? output + reasoning : output;
  const reasoned = clamp(reasoning, whole);
  const audio = clamp(countAt(details, 'audio_tokens'), whole - reasoned);
  const image = clamp(countAt(details, 'image_tokens'), whole - reasoned - audio);
  return {
    text: whole - reasoned - audio - image,
    reasoning: reasoned,
    audio,
    image,
  };
}

interface ReasoningTotals extends Totals {
  readonly provider: string;
  readonly reasoning: number;
}

/** Part of the completion for OpenAI, beside it for xAI's chat; the provider's own total tells which. */
function reasoningIsOutside({ prompt, output, total, provider, reasoning }: ReasoningTotals): boolean {
  if (provider === 'perplexity') return true;
  if (total === prompt + output + reasoning) return true;
  if (total === prompt + output) return false;
  return provider === 'xai' || reasoning > output;
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}
