// An engine client over a thread that hangs on demand.

import { createLogger } from '@tollgate/service-kit/logger';
import { createEngineClient, type EngineClient } from './engine-client.ts';
import type { EngineWorkerData } from './engine-messages.ts';
import { startWorker } from './start-worker.ts';
import { createStuckThreads, type StuckThreads } from './stuck-threads.ts';

/** Long enough for a busy machine to bring a message across. */
export const STALL_MS = 500;

export interface HangingEngine {
  readonly client: EngineClient;
  readonly stuckThreads: StuckThreads;
  /** When each was found. */
  readonly hangsAtMs: readonly number[];
  readonly replacements: number;
}

export interface HangingEngineOptions {
  readonly allowed?: number;
  readonly hangsLoading?: boolean;
  readonly loadStallMs?: number;
}

export function openHangingEngine(options: HangingEngineOptions): HangingEngine {
  const { allowed = 2, hangsLoading = false, loadStallMs = 0 } = options;
  const stuckThreads = createStuckThreads({ allowed, onChange: () => undefined });
  const hangsAtMs: number[] = [];
  let replacements = 0;
  const limits = { maxBatch: 8, maxQueue: 8, maxWaitMs: 0, chunkTokens: 8 };
  const client = createEngineClient({
    // The near side reads no more of it.
    data: { scheduler: 'continuous', limits } as EngineWorkerData,
    log: createLogger({ name: 'test', level: 'silent' }),
    onRound: () => undefined,
    stall: { stallMs: STALL_MS, loadStallMs, stuckThreads, onHung: () => hangsAtMs.push(performance.now()) },
    onReplaced: () => {
      replacements += 1;
    },
    startThread: () => startWorker(new URL('./hanging-worker.fixture.ts', import.meta.url), { hangsLoading }),
  });
  return {
    client,
    stuckThreads,
    hangsAtMs,
    get replacements() {
      return replacements;
    },
  };
}
