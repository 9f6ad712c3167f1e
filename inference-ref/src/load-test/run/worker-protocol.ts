// What the coordinator and a load worker say to each other over IPC (structured clone).
import type { CallRecord } from '../measure/call-record.ts';
import type { EngineResult } from './load-engine.ts';
import type { LoadPlan } from './load-plan.ts';

export type ToWorker =
  | { readonly type: 'run'; readonly plan: LoadPlan }
  /** Answers `armed`: the zero of the run's times, the same for all workers. */
  | { readonly type: 'go'; readonly originNs: bigint }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'ready'; readonly priority: number; readonly openFilesLimit: number | null }
  | { readonly type: 'armed' }
  | { readonly type: 'records'; readonly records: readonly CallRecord[] }
  | { readonly type: 'done'; readonly result: EngineResult }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined };
