// Calls that are sent before a run and count for nothing: to every target that is about to be measured.
import type { LiveProgress } from '../report/live-progress.ts';
import { expectedConcurrency, type LoadPlan, type Target } from './load-plan.ts';
import type { LoadRunner } from './load-runner.ts';

export interface WarmUpInput {
  readonly runner: LoadRunner;
  readonly progress: LiveProgress;
  readonly plan: LoadPlan;
  readonly targets: readonly Target[];
  /** To each target. */
  readonly requests: number;
  readonly signal: AbortSignal;
}

/** What a call is guessed to last when the concurrency of an open loop must be guessed. */
export const LIKELY_CALL_MS = 2000;
/** Beyond the prompts of any block, so that no warm-up fills a cache for the run. */
const FIRST_INDEX = 500_000_000;

export async function warmUp({
  runner,
  progress,
  plan,
  targets,
  requests,
  signal,
}: WarmUpInput): Promise<void> {
  if (requests === 0) return;
  const concurrency = Math.min(requests, expectedConcurrency(plan.shape, LIKELY_CALL_MS));
  let firstIndex = FIRST_INDEX;
  for (const target of new Set(targets)) {
    if (signal.aborted) return;
    progress.phase(`warming up ${target.model} at ${target.baseUrl} with ${requests} calls`);
    const calls: LoadPlan = {
      ...plan,
      target,
      shape: { kind: 'closed', concurrency, rampUpMs: 0 },
      requests,
      durationMs: null,
      arm: 'warmup',
      firstIndex,
      openAhead: concurrency,
    };
    await runner.run(calls, { signal });
    firstIndex += requests;
  }
}
