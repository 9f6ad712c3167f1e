// Runs plans over one or several worker processes and gathers their records: merging is putting raw records together, so it is exact.
import type { ChildProcess } from 'node:child_process';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { CallRecord } from '../measure/call-record.ts';
import type { ClientHealth } from '../measure/client-health.ts';
import { monotonicNs } from '../measure/run-clock.ts';
import type { CutShort } from './cut-short.ts';
import type { LoadPlan } from './load-plan.ts';
import { type BatchSummary, type RecordBatch, unpackRecords } from './record-batch.ts';
import { spawnChild } from './spawn-child.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

const errWorker = defineError('TG_LOADTEST_WORKER', 500);

export interface LoadResult {
  readonly records: CallRecord[];
  readonly healths: readonly ClientHealth[];
  readonly mostInFlight: number;
  readonly openSockets: number;
  /** Milliseconds from the run's zero to its last worker's end. */
  readonly wallMs: number;
  /** Null when the plan was carried out, or its verdict was certain before its end. */
  readonly cutShort: CutShort | null;
  /** At least one answer came through a sidecar of ours. */
  readonly throughSidecar: boolean;
}

export interface LoadRunner {
  readonly run: (plan: LoadPlan, hooks?: RunHooks) => Promise<LoadResult>;
  readonly priority: number;
  readonly openFilesLimit: number | null;
  readonly workers: number;
  readonly close: () => Promise<void>;
}

export interface RunHooks {
  readonly onProgress?: (batch: BatchSummary) => void;
  /** Called with each batch of finished calls; answering true ends the run early. Costs a core's time during the run. */
  readonly onRecords?: ((batch: readonly CallRecord[]) => boolean) | undefined;
  /** Ends the run: a plan that begins after it starts no call. */
  readonly signal?: AbortSignal | undefined;
}

/** Workers get this long to receive the start and begin together. */
const START_DELAY_MS = 50;

export async function createLoadRunner(workers: number): Promise<LoadRunner> {
  const children = Array.from({ length: workers }, (_, index) =>
    spawnChild(new URL('./load-worker.ts', import.meta.url), [String(index), String(workers)]),
  );
  const ready = await Promise.all(children.map((child) => nextMessage(child, 'ready')));
  const limits = ready.map((message) => message.openFilesLimit).filter((limit) => limit !== null);
  return {
    workers,
    priority: Math.max(...ready.map(({ priority }) => priority)),
    openFilesLimit: limits.length === 0 ? null : Math.min(...limits),
    run: (plan, hooks = {}) => runOn(children, plan, hooks),
    close: async () => {
      await Promise.all(children.map((child) => disconnect(child)));
    },
  };
}

async function runOn(
  children: readonly ChildProcess[],
  plan: LoadPlan,
  hooks: RunHooks,
): Promise<LoadResult> {
  const batches: RecordBatch[] = [];
  let certain = false;
  let interruptedNs: bigint | null = null;
  const stop = (): void => {
    for (const child of children) tell(child, { type: 'stop' });
  };
  const interrupt = (): void => {
    interruptedNs = monotonicNs();
    stop();
  };
  for (const child of children) tell(child, { type: 'run', plan });
  hooks.signal?.addEventListener('abort', interrupt, { once: true });
  // A signal that came before this plan fires no more.
  if (hooks.signal?.aborted === true) interrupt();
  await Promise.all(children.map((child) => nextMessage(child, 'armed')));
  const originNs = monotonicNs() + BigInt(START_DELAY_MS) * 1_000_000n;
  const results = await Promise.all(
    children.map(async (child) => {
      const onMessage = (message: FromWorker): void => {
        if (message.type !== 'records') return;
        batches.push(message.batch);
        hooks.onProgress?.(message.batch.summary);
        if (certain || hooks.onRecords?.(unpackRecords(message.batch)) !== true) return;
        certain = true;
        stop();
      };
      child.on('message', onMessage);
      tell(child, { type: 'go', originNs });
      const { result } = await nextMessage(child, 'done');
      child.off('message', onMessage);
      return result;
    }),
  );
  hooks.signal?.removeEventListener('abort', interrupt);
  const calls = batches.reduce((sum, batch) => sum + batch.summary.calls, 0);
  const cutShort = cutOf({
    originNs,
    interruptedNs,
    calls,
    hopeless: results.some((result) => result.hopeless),
  });
  return {
    records: batches.flatMap(unpackRecords).sort((a, b) => a.scheduledMs - b.scheduledMs),
    healths: results.map((result) => result.health),
    mostInFlight: results.reduce((sum, result) => sum + result.mostInFlight, 0),
    openSockets: results.reduce((sum, result) => sum + result.openSockets, 0),
    wallMs: msBetween(originNs, monotonicNs()),
    cutShort,
    throughSidecar: results.some((result) => result.throughSidecar),
  };
}

interface Ending {
  readonly originNs: bigint;
  readonly interruptedNs: bigint | null;
  /** One of the workers gave up. */
  readonly hopeless: boolean;
  readonly calls: number;
}

function cutOf({ originNs, interruptedNs, hopeless, calls }: Ending): CutShort | null {
  if (interruptedNs !== null)
    return { cause: 'interrupted', afterMs: Math.max(0, msBetween(originNs, interruptedNs)), calls };
  return hopeless ? { cause: 'hopeless', afterMs: msBetween(originNs, monotonicNs()), calls } : null;
}

function msBetween(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6;
}

function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message);
}

function nextMessage<Type extends FromWorker['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<FromWorker, { type: Type }>> {
  return new Promise((resolve, reject) => {
    const cleanUp = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: FromWorker): void => {
      if (message.type === 'failed') {
        cleanUp();
        reject(errWorker(message.message, message.hint === undefined ? {} : { hint: message.hint }));
      } else if (isType(message, type)) {
        cleanUp();
        resolve(message);
      }
    };
    const onExit = (code: number | null): void => {
      cleanUp();
      reject(errWorker(`a load worker ended with code ${code ?? 'none'}`, { hint: 'see its message above' }));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

function isType<Type extends FromWorker['type']>(
  message: FromWorker,
  type: Type,
): message is Extract<FromWorker, { type: Type }> {
  return message.type === type;
}

function disconnect(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (!child.connected) return resolve();
    child.once('exit', () => resolve());
    child.disconnect();
  });
}
