// What the coordinator and a load worker say to each other over IPC (structured clone).
import type { EngineResult } from './load-engine.ts';
import type { LoadPlan } from './load-plan.ts';
import type { RecordBatch } from './record-batch.ts';

export type ToWorker =
  | { readonly type: 'run'; readonly plan: LoadPlan }
  /** Answers `armed`: the zero of the run's times, the same for all workers. */
  | { readonly type: 'go'; readonly originNs: bigint }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'ready'; readonly priority: number; readonly openFilesLimit: number | null }
  | { readonly type: 'armed' }
  | { readonly type: 'records'; readonly batch: RecordBatch }
  | { readonly type: 'done'; readonly result: EngineResult }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined };
