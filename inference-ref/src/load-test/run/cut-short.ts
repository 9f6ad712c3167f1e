// A run that ended before its plan did: by whose doing, after what, and how that is said.
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { LoadPlan } from './load-plan.ts';

/** `interrupted`: a signal came. `hopeless`: the first calls failed alike, in a way that further ones would too. */
export interface CutShort {
  readonly cause: 'interrupted' | 'hopeless';
  /** Milliseconds of the run. */
  readonly afterMs: number;
  /** Calls that were over. */
  readonly calls: number;
}

/** 499, as proxies say of a client that left. The exit code is 130, as shells have it for SIGINT. */
export const errInterrupted = defineError('TG_LOADTEST_INTERRUPTED', 499);

/** Throws TG_LOADTEST_INTERRUPTED: nothing is begun after a signal. */
export function refuseAfterSignal(signal: AbortSignal, before: string): void {
  if (signal.aborted) throw errInterrupted(`interrupted before ${before}: there is no result`);
}

export function describeCut(
  { cause, afterMs, calls }: CutShort,
  { requests, durationMs }: Pick<LoadPlan, 'requests' | 'durationMs'>,
): string {
  if (cause === 'hopeless')
    return `stopped after ${calls} calls: the first ones all failed alike, further ones would too`;
  const bounds = [
    durationMs === null ? [] : [`${seconds(afterMs)} s of ${seconds(durationMs)} s`],
    requests === null ? [] : [`${calls} of ${requests} calls`],
  ].flat();
  return `interrupted after ${bounds.length === 0 ? `${seconds(afterMs)} s` : bounds.join(', ')}`;
}

function seconds(ms: number): string {
  return String(ms < 10_000 ? Number((ms / 1000).toFixed(1)) : Math.round(ms / 1000));
}
