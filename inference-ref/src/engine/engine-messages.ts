// The messages between an engine's client and its worker thread, and what the worker is started with.

import type { SchedulerName } from '../scheduler/batch-policy.ts';
import type { EngineGauges, GenerationRequest, IterationRecord } from './engine-events.ts';
import type { PackedEvents } from './event-packing.ts';
import type { ChosenDevice, Device } from './onnx-session.ts';

export interface EngineLimits {
  readonly maxBatch: number;
  readonly maxQueue: number;
  /** Dynamic batching only. */
  readonly maxWaitMs: number;
  /** Tokens that all live sequences together may hold; null: whole contexts for a full batch, within a GiB. */
  readonly kvBudgetTokens: number | null;
  readonly chunkTokens: number;
  readonly draftTokens: number;
  readonly prefixCacheBytes: number;
  readonly prefixBlockTokens: number;
  readonly ageingMs: number;
}

export interface EngineWorkerData {
  readonly modelFile: string;
  readonly tokenizerFile: string;
  readonly contextTokens: number;
  readonly endTokenIds: readonly number[];
  readonly device: Device;
  readonly threads: number;
  readonly scheduler: SchedulerName;
  readonly limits: EngineLimits;
}

export type ToEngine =
  | { readonly type: 'generate'; readonly request: GenerationRequest }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'embed'; readonly id: number; readonly tokens: Int32Array }
  /** Ends the thread cleanly, or as a fatal error would. Never from outside: the runtime aborts the process then. */
  | { readonly type: 'stop' }
  | { readonly type: 'die' };

export type FromEngine =
  | {
      readonly type: 'ready';
      readonly device: ChosenDevice;
      readonly deviceReason: string;
      readonly canEmbed: boolean;
      readonly vocabSize: number;
      readonly loadMs: number;
    }
  | {
      readonly type: 'events';
      readonly events: PackedEvents;
      readonly record: IterationRecord | null;
      readonly gauges: EngineGauges;
    }
  | { readonly type: 'embedding'; readonly id: number; readonly vector: Float32Array | null }
  | { readonly type: 'embedding_failed'; readonly id: number; readonly message: string }
  | {
      readonly type: 'load_failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    };
