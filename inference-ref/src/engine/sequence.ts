// One generation under way: its tokens, how many of them the cache holds, and when it ends. It runs no model.

import type { TokenConstraint } from '../grammar/token-constraint.ts';
import type { GenerationParams } from '../sampling/generation-params.ts';
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
    id: request.id,
    tenant: request.tenant,
    priority: request.priority,
    arrivedAtMs: request.arrivedAtMs,
    cacheSalt: request.cacheSalt,
    params,
    tokens,
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
  readonly logits: Float32Array;
  readonly endTokenIds: readonly number[];
  /** Gets what the outside shall hear. */
  readonly events: GenerationEvent[];
}

/** Samples from logits and appends the token; true where it was the last. */
export function advance(sequence: Sequence, { logits, endTokenIds, events }: Advance): boolean {
  const { id, sampler, json, preemptions } = sequence;
  const token = sampler.choose(logits, json?.allowedTokens());
  const { text, end } = append(sequence, token.tokenId, endTokenIds);
  events.push({ kind: 'token', id, text, token });
  if (end === null) return false;
  const rest = end.dropsRest === true ? '' : sequence.text.finish();
  const { reason, stoppedBy } = end;
  events.push({ kind: 'finished', id, reason, stoppedBy, text: rest, preemptions });
  return true;
}

interface Appended {
  readonly text: string;
  readonly end: Ending | null;
}

interface Ending {
  readonly reason: FinishReason;
  readonly stoppedBy: string | number | null;
  /** A stop text was found: what follows it is not shown. */
  readonly dropsRest?: boolean;
}

function append(sequence: Sequence, tokenId: number, endTokenIds: readonly number[]): Appended {
  const { params, json } = sequence;
  if (sequence.length < sequence.tokens.length) sequence.tokens[sequence.length] = tokenId;
  sequence.length += 1;
  const generated = sequence.length - sequence.promptLength;
  const isStopToken = params.stopTokenIds.includes(tokenId);
  if (isStopToken || (!params.ignoreEos && endTokenIds.includes(tokenId))) {
    return { text: '', end: { reason: 'stop', stoppedBy: isStopToken ? tokenId : null } };
  }
  json?.accept(tokenId);
  const { text, stoppedBy } = sequence.text.add(tokenId, generated >= params.minTokens);
  if (stoppedBy !== null) return { text, end: { reason: 'stop', stoppedBy, dropsRest: true } };
  if (json?.isComplete() === true) return { text, end: { reason: 'stop', stoppedBy } };
  const isFull = generated >= params.maxTokens || sequence.length >= sequence.tokens.length;
  return { text, end: isFull ? { reason: 'length', stoppedBy } : null };
}
