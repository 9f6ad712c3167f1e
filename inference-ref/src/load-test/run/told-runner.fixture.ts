// A runner for tests that makes no load: each call is what the test tells of it.
import type { CallRecord } from '../measure/call-record.ts';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LoadRunner } from './load-runner.ts';

const GAP_MS = 10;
const QUIET = {
  lateness: new Float64Array(100),
  wallMs: 1000,
  cpuMs: 100,
  cpuWaitMs: 0,
  gcMs: 0,
  longestGcMs: 0,
};

export interface ToldRunner extends LoadRunner {
  /** The plans that were run, in order. */
  readonly plans: readonly LoadPlan[];
}

/** `failsAt` says whether call `index` of a plan fails; times to the first token vary a little, the same for every plan. */
export function createToldRunner(failsAt: (plan: LoadPlan, index: number) => boolean): ToldRunner {
  const plans: LoadPlan[] = [];
  const callOf = (plan: LoadPlan, index: number): CallRecord => {
    const startMs = index * GAP_MS;
    return sampleCall({
      index: plan.firstIndex + index,
      arm: plan.arm,
      block: plan.block,
      scheduledMs: startMs,
      sentMs: startMs,
      eventMs: [100, 120, 140].map((ms) => startMs + ms + (index % 7)),
      error: failsAt(plan, index) ? { kind: 'http_server_error', status: 500, message: 'x' } : null,
    });
  };
  return {
    plans,
    workers: 1,
    priority: 0,
    openFilesLimit: null,
    run: async (plan) => {
      plans.push(plan);
      const records = Array.from({ length: plan.requests ?? 0 }, (_, index) => callOf(plan, index));
      const wallMs = records.length * GAP_MS + 200;
      return {
        records,
        healths: [QUIET],
        mostInFlight: 1,
        openSockets: 1,
        wallMs,
        cutShort: null,
        throughSidecar: false,
      };
    },
    close: async () => {},
  };
}
