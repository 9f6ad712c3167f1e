// One generation under way: its tokens, how many of them the cache holds, and when it ends. It runs no model.

import type { TokenConstraint } from '../grammar/token-constraint.ts';
import type { GenerationParams } from '../sampling/generation-params.ts';
import type { ChosenToken } from '../sampling/logprobs.ts';
import { createTokenSampler, type TokenSampler } from '../sampling/token-sampler.ts';
import type { FinishReason, GenerationEvent, GenerationRequest } from './engine-events.ts';
import { createTokenText, type TokenBytes, type TokenText } from './token-text.ts';

export interface Sequence {
  readonly id: number;
  readonly tenant: string;
  readonly priority: number;
  readonly arrivedAtMs: number;
  readonly cacheSalt: string;
  readonly params: GenerationParams;
  /** Prompt and generated tokens, with room for the rest. */
  readonly tokens: Int32Array;
  readonly promptLength: number;
  length: number;
  /** Tokens whose keys and values stand in the row. */
  cachedLength: number;
  phase: 'waiting' | 'prefilling' | 'decoding';
  /** First admission has been told. */
  announced: boolean;
  preemptions: number;
  readonly sampler: TokenSampler;
  readonly text: TokenText;
  readonly json: TokenConstraint | null;
}

export interface SequenceOptions {
  readonly request: GenerationRequest;
  readonly contextTokens: number;
  readonly endTokenIds: readonly number[];
  readonly tokenBytes: TokenBytes;
  readonly json: TokenConstraint | null;
  readonly freshSeed: number;
}

export function createSequence(options: SequenceOptions): Sequence {
  const { request, contextTokens, endTokenIds } = options;
  const { promptTokens, params } = request;
  const room = Math.min(contextTokens, promptTokens.length + params.maxTokens);
  const tokens = new Int32Array(Math.max(room, promptTokens.length));
  tokens.set(promptTokens);
  return {
    ...{ id: request.id, tenant: request.tenant, priority: request.priority },
    ...{ arrivedAtMs: request.arrivedAtMs, cacheSalt: request.cacheSalt, params, tokens },
    promptLength: promptTokens.length,
    length: promptTokens.length,
    cachedLength: 0,
    phase: 'waiting',
    announced: false,
    preemptions: 0,
    sampler: createTokenSampler({ params, promptTokens, endTokenIds, freshSeed: options.freshSeed }),
    text: createTokenText(options.tokenBytes, params.stopTexts),
    json: options.json,
  };
}

export interface Advance {
  readonly events: readonly GenerationEvent[];
  readonly isFinished: boolean;
}

/** Samples from logits, appends the token and says what the outside shall hear. */
export function advance(sequence: Sequence, logits: Float32Array, endTokenIds: readonly number[]): Advance {
  const chosen = sequence.sampler.choose(logits, sequence.json?.allowedTokens());
  return accept(sequence, chosen, endTokenIds);
}

function accept(sequence: Sequence, chosen: ChosenToken, endTokenIds: readonly number[]): Advance {
  const { id, params } = sequence;
  const { tokenId } = chosen;
  if (sequence.length < sequence.tokens.length) sequence.tokens[sequence.length] = tokenId;
  sequence.length += 1;
  const generated = sequence.length - sequence.promptLength;
  const isEnd = !params.ignoreEos && endTokenIds.includes(tokenId);
  const isStopToken = params.stopTokenIds.includes(tokenId);
  if (isEnd || isStopToken) {
    return ending(sequence, {
      token: chosen,
      text: '',
      reason: 'stop',
      stoppedBy: isStopToken ? tokenId : null,
    });
  }
  sequence.json?.accept(tokenId);
  const step = sequence.text.add(tokenId, generated >= params.minTokens);
  if (step.stoppedBy !== null) {
    const { text, stoppedBy } = step;
    return ending(sequence, { token: chosen, text, reason: 'stop', stoppedBy, dropsRest: true });
  }
  if (sequence.json?.isComplete() === true) {
    return ending(sequence, { token: chosen, text: step.text, reason: 'stop', stoppedBy: null });
  }
  if (generated >= params.maxTokens || sequence.length >= sequence.tokens.length) {
    return ending(sequence, { token: chosen, text: step.text, reason: 'length', stoppedBy: null });
  }
  return { events: [{ kind: 'token', id, text: step.text, token: chosen }], isFinished: false };
}

interface Ending {
  readonly token: ChosenToken;
  readonly text: string;
  readonly reason: FinishReason;
  readonly stoppedBy: string | number | null;
  /** A stop text was found: what follows it is not shown. */
  readonly dropsRest?: boolean;
}

function ending(sequence: Sequence, end: Ending): Advance {
  const rest = end.dropsRest === true ? '' : sequence.text.finish();
  const { id, preemptions } = sequence;
  return {
    events: [
      { kind: 'token', id, text: end.text, token: end.token },
      { kind: 'finished', id, reason: end.reason, stoppedBy: end.stoppedBy, text: rest, preemptions },
    ],
    isFinished: true,
  };
}
