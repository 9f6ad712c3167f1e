// Synthetic prompts of drawn lengths; optionally a shared prefix per group, conversations, or the lengths of a replayed trace.
import type { ChatMessage } from '../wire/dialect.ts';
import type { LengthDistribution } from './length-distribution.ts';
import { createRandom, type Random } from './random.ts';
import { syntheticWords } from './synthetic-text.ts';
import {
  nonceOf,
  type Prompt,
  type PromptRequest,
  type PromptScale,
  type Workload,
  wordsFor,
} from './workload.ts';

export interface SyntheticWorkloadOptions {
  readonly inputTokens: LengthDistribution;
  readonly outputTokens: LengthDistribution | null;
  readonly sharedPrefix: { readonly tokens: number; readonly groups: number } | null;
  readonly runNonce: string;
  /** Off only where the prefix cache is the subject. */
  readonly nonce: boolean;
  readonly conversations: boolean;
  readonly scale: PromptScale;
  readonly random: Random;
}

/** Tokens that one block id of a Mooncake trace stands for. */
const TRACE_BLOCK_TOKENS = 512;

export function createSyntheticWorkload(options: SyntheticWorkloadOptions): Workload {
  const histories = new Map<number, ChatMessage[]>();
  const prefixes = sharedPrefixes(options);
  const cacheExpected = options.sharedPrefix !== null || !options.nonce || options.conversations;
  return {
    keepsText: options.conversations,
    next: (request) => {
      if (request.traced !== null) return tracedPrompt(request, options);
      const inputTokens = options.inputTokens.draw(options.random);
      const prefix = prefixes[options.random.integer(prefixes.length)] ?? '';
      const nonce = options.nonce ? nonceOf(options.runNonce, request.index) : '';
      const text = syntheticWords(wordsFor(inputTokens, options.scale), options.random);
      const content = [prefix, nonce, text].filter((part) => part !== '').join(' ');
      return {
        messages: withHistory(request, content, histories),
        maxOutputTokens: options.outputTokens?.draw(options.random) ?? null,
        requestedInputTokens: inputTokens + (options.sharedPrefix?.tokens ?? 0),
        cacheExpected,
      };
    },
    answered: (session, _turn, text) => {
      histories.get(session)?.push({ role: 'assistant', content: text });
    },
  };
}

function sharedPrefixes({ sharedPrefix, scale }: SyntheticWorkloadOptions): string[] {
  if (sharedPrefix === null) return [];
  return Array.from({ length: sharedPrefix.groups }, (_, group) =>
    syntheticWords(
      wordsFor(sharedPrefix.tokens, { ...scale, overheadTokens: 0 }),
      createRandom(7919 * (group + 1)),
    ),
  );
}

function withHistory(
  { session }: PromptRequest,
  content: string,
  histories: Map<number, ChatMessage[]>,
): readonly ChatMessage[] {
  const message: ChatMessage = { role: 'user', content };
  if (session === null) return [message];
  const history = histories.get(session) ?? [];
  history.push(message);
  histories.set(session, history);
  return [...history];
}

/** Equal leading block ids give equal leading text, so the trace's prefix sharing is replayed too. */
function tracedPrompt({ traced, index }: PromptRequest, options: SyntheticWorkloadOptions): Prompt {
  const inputTokens = traced?.inputTokens ?? 1;
  const blockIds = traced?.blockIds ?? [];
  const blockWords = wordsFor(TRACE_BLOCK_TOKENS, { ...options.scale, overheadTokens: 0 });
  const totalWords = wordsFor(inputTokens, options.scale);
  const shared = blockIds.map((id) => syntheticWords(blockWords, createRandom(id + 1))).join(' ');
  const content =
    blockIds.length === 0
      ? `${nonceOf(options.runNonce, index)} ${syntheticWords(totalWords, options.random)}`
      : shared.split(' ').slice(0, totalWords).join(' ');
  return {
    messages: [{ role: 'user', content }],
    maxOutputTokens: traced === null ? null : Math.max(1, traced.outputTokens),
    requestedInputTokens: inputTokens,
    cacheExpected: blockIds.length > 0,
  };
}
