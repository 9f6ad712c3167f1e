// One outage from its beginning to its end: a real sidecar under a steady rate, a real collector that goes away and comes
// back, and what the ledger says afterwards. Used by the tests, for seconds, and by the bench, for ten minutes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompletenessAnswer } from '@tollgate/contract';
import { createCollectorProcess } from '../e2e/running-collector.ts';
import { type RunningSidecar, startSidecarProcess } from '../e2e/running-sidecar.ts';
import { aroundNow, eventually } from '../e2e/running-stack.ts';
import { createMeteredUpstream } from '../fakes/metered-upstream.ts';
import { startRateLoad } from './rate-load.ts';

export interface OutageOptions {
  readonly ratePerSecond: number;
  /** With the collector there, before and after. */
  readonly calmMs: number;
  readonly outageMs: number;
  /** The `telemetry.spool` section of the sidecar's configuration. */
  readonly spool?: Readonly<Record<string, number | string>>;
  /** Does something to the sidecar's own directory before it starts; what is returned undoes it at the end. */
  readonly prepare?: (sidecarDirectory: string) => () => void;
}

export interface OutageFigures {
  readonly answered: number;
  readonly failures: readonly string[];
  readonly completeness: CompletenessAnswer;
  /** From the collector's return until everything was stored or counted. */
  readonly drainMs: number;
  readonly spoolPeakBytes: number;
  readonly residentPeakBytes: number;
  /** p50 and p99 in milliseconds, by phase. */
  readonly latencies: readonly { readonly phase: string; readonly p50: number; readonly p99: number }[];
  /** Reasons of `/readyz` at the end of the outage. */
  readonly degraded: readonly string[];
}

const DRAIN_LIMIT_MS = 300_000;

export async function runOutage(options: OutageOptions): Promise<OutageFigures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-outage-'));
  const sidecarDirectory = join(dataDir, 'sidecar-host', 'sidecar');
  mkdirSync(sidecarDirectory, { recursive: true });
  const undo = options.prepare?.(sidecarDirectory);
  const upstream = await createMeteredUpstream();
  const collector = await createCollectorProcess(join(dataDir, 'collector-host'));
  await collector.start();
  const sidecar = await startSidecarProcess({
    collectorUrl: collector.url,
    upstreamUrl: upstream.url,
    dataDir: join(dataDir, 'sidecar-host'),
    config: { sidecar: { gpu: { enabled: false } }, telemetry: { spool: options.spool ?? {} } },
  });
  const load = startRateLoad({ sidecarUrl: sidecar.url, ratePerSecond: options.ratePerSecond });
  const peaks = watchPeaks(sidecar);
  try {
    load.phase('before');
    await delay(options.calmMs);
    load.phase('outage');
    await collector.stop('SIGKILL');
    await delay(options.outageMs);
    const degraded = await degradedReasons(sidecar);
    load.phase('after');
    await collector.start();
    const backAtMs = performance.now();
    await delay(options.calmMs);
    await load.stop();
    const calls = load.answered() + load.failures.length;
    const completeness = await eventually(
      () => collector.query<CompletenessAnswer>('completeness', aroundNow()),
      ({ seen, stored, dropped, spooled }) => seen === calls && stored + dropped === seen && spooled === 0,
      DRAIN_LIMIT_MS,
    );
    return {
      answered: load.answered(),
      failures: load.failures,
      completeness,
      drainMs: performance.now() - backAtMs,
      ...peaks.stop(),
      latencies: [...load.latenciesMs()].map(([phase, sorted]) => ({
        phase,
        p50: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
        p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      })),
      degraded,
    };
  } finally {
    peaks.stop();
    await load.stop();
    await sidecar.stop();
    await collector.stop();
    await upstream.close();
    undo?.();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function degradedReasons({ adminUrl }: RunningSidecar): Promise<string[]> {
  const answer = await fetch(`${adminUrl}/readyz`);
  const { status, degraded } = (await answer.json()) as { status: string; degraded: string[] };
  if (!answer.ok) throw new Error(`the sidecar is ${status} for want of a collector`);
  return degraded;
}

/** Looks once a second. */
function watchPeaks(sidecar: RunningSidecar) {
  const peaks = { spoolPeakBytes: 0, residentPeakBytes: 0 };
  const look = async (): Promise<void> => {
    const page = await sidecar.metrics().catch(() => '');
    const bytes = Number(/^tollgate_spool_bytes (\d+)/m.exec(page)?.[1] ?? 0);
    peaks.spoolPeakBytes = Math.max(peaks.spoolPeakBytes, bytes);
    peaks.residentPeakBytes = Math.max(peaks.residentPeakBytes, residentBytes(sidecar.process.pid ?? 0));
  };
  const timer = setInterval(() => void look(), 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      return peaks;
    },
  };
}

/** NaN where there is no /proc. */
function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
