// What an engine is asked and what it answers, as plain data that crosses the worker's border.

import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { GenerationParams } from '../sampling/generation-params.ts';
import type { ChosenToken } from '../sampling/logprobs.ts';

export interface GenerationRequest {
  readonly id: number;
  readonly promptTokens: Int32Array;
  readonly params: GenerationParams;
  /** Lower is served earlier. */
  readonly priority: number;
  /** Requests of one tenant wait in line with each other, tenants take turns. */
  readonly tenant: string;
  /** Requests with different salts never share cached prompt beginnings. */
  readonly cacheSalt: string;
  /** On the monotonic clock of whoever reads it, as every `atMs` here: threads count from different beginnings. */
  readonly arrivedAtMs: number;
}

export type FinishReason = 'stop' | 'length' | 'cancelled';

export type GenerationEvent =
  | { readonly kind: 'admitted'; readonly id: number; readonly atMs: number; readonly cachedTokens: number }
  | { readonly kind: 'token'; readonly id: number; readonly text: string; readonly token: ChosenToken }
  | {
      readonly kind: 'finished';
      readonly id: number;
      readonly reason: FinishReason;
      /** The stop text or token that ended it; null for the model's own end and for `length`. */
      readonly stoppedBy: string | number | null;
      /** Text held back until now. */
      readonly text: string;
      readonly preemptions: number;
    }
  /** The queue is full. */
  | { readonly kind: 'rejected'; readonly id: number }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly message: string;
      /** Where the engine itself was lost. */
      readonly error?: TollgateError;
    };

/** One round of the loop, for metrics and the timeline. */
export interface IterationRecord {
  readonly startedAtMs: number;
  readonly prefills: readonly { readonly id: number; readonly tokens: number; readonly ms: number }[];
  readonly decodeMs: number;
  readonly sampleMs: number;
  /** Everything that is neither computing nor sampling. */
  readonly overheadMs: number;
  /** Ids of the sequences of the decode step, row by row. */
  readonly decodeIds: readonly number[];
  readonly preemptedIds: readonly number[];
}

export interface EngineGauges {
  readonly waiting: number;
  readonly running: number;
  readonly kvTokens: number;
  readonly kvBudgetTokens: number;
  readonly slabRows: number;
  readonly slabCapacityTokens: number;
  readonly kvCopiedBytes: number;
  readonly prefixBlocks: number;
  readonly prefixBytes: number;
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
  readonly draftedTokens: number;
  readonly acceptedDraftTokens: number;
}
