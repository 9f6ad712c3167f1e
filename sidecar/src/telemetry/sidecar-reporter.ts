// The sidecar's own account of the calls it has seen: every few seconds while it changes, at once after the queue drained.
import { formatTimestamp, type SidecarReport } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { DropCount } from './drop-count.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { SegmentQueue } from './segment-queue.ts';

/** Unchanged counts are repeated this rarely: a sign of life for the collector. */
const HEARTBEAT_MS = 30_000;

export interface SidecarReporterOptions {
  readonly sidecarId: string;
  readonly bootId: string;
  readonly version: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  readonly queue: SegmentQueue;
  readonly drops: DropCount;
}

export interface SidecarReporter {
  readonly start: () => void;
  /** Reports if anything changed since the last report; `force` reports in any case. */
  readonly report: (force?: boolean) => void;
  readonly stop: () => void;
}

export function createSidecarReporter(options: SidecarReporterOptions): SidecarReporter {
  const { sidecarId, bootId, version, intervalMs, clock, recorder, queue, drops } = options;
  const bootedAt = formatTimestamp(clock.nowMicros());
  let timer: NodeJS.Timeout | null = null;
  let lastCounts = '';
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let reportedMicros = 0;

  const report = (force = false): void => {
    const counts = {
      calls_seen: recorder.callsSeen(),
      calls_dropped: drops.calls(),
      calls_spooled: queue.ownCalls(),
    };
    const changed = JSON.stringify(counts);
    if (!force && changed === lastCounts && clock.monotonicMs() - lastAtMs < HEARTBEAT_MS) return;
    lastCounts = changed;
    lastAtMs = clock.monotonicMs();
    // The latest report of a boot stands, so a clock that is set back must not make this one older than the last.
    reportedMicros = Math.max(clock.nowMicros(), reportedMicros + 1);
    const event: SidecarReport = {
      sidecar_id: sidecarId,
      boot_id: bootId,
      reported_at: formatTimestamp(reportedMicros),
      booted_at: bootedAt,
      version,
      ...counts,
    };
    recorder.record({ kind: 'sidecar_report', ...event });
  };

  return {
    start: () => {
      report(true);
      timer = setInterval(() => report(), intervalMs);
      timer.unref();
    },
    report,
    stop: () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
