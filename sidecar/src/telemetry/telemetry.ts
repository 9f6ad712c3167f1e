// Everything between a finished call and the collector, wired together: recorder, spool, shipper, replay, reports.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { TelemetrySettings } from '../config.ts';
import { createDropCount, type DropCount } from './drop-count.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';
import { createSegmentQueue, type SegmentQueue } from './segment-queue.ts';
import { createShipper, type Shipper } from './shipper.ts';
import { createSidecarReporter } from './sidecar-reporter.ts';
import { createSpool, type Spool } from './spool.ts';
import { createSpoolReplay } from './spool-replay.ts';
import { createSpoolSync } from './spool-sync.ts';

export interface TelemetryOptions {
  readonly sidecarId: string;
  readonly bootId: string;
  readonly version: string;
  /** `<dataDir>/sidecar`. */
  readonly directory: string;
  readonly settings: TelemetrySettings;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Telemetry {
  readonly recorder: EventRecorder;
  readonly spool: Spool;
  readonly queue: SegmentQueue;
  readonly shipper: Shipper;
  readonly drops: DropCount;
  readonly start: () => Promise<void>;
  /** Writes a last report and ships for up to `shipMs`; what is left waits on disk for the next start. */
  readonly stop: (shipMs: number) => Promise<void>;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { sidecarId, bootId, version, directory, settings, clock, log } = options;
  const drops = createDropCount();
  const queue = createSegmentQueue();
  const spool = createSpool({
    directory: join(directory, 'spool', bootId),
    bootId,
    settings: settings.spool,
    queue,
    clock,
    log,
    drops,
  });
  const recorder = createEventRecorder({ sidecarId, bootId, spool });
  const reporter = createSidecarReporter({
    sidecarId,
    bootId,
    version,
    intervalMs: settings.reportIntervalMs,
    clock,
    recorder,
    queue,
    drops,
  });
  const quarantine = join(directory, 'quarantine');
  const shipper = createShipper({
    spool,
    queue,
    settings,
    drops,
    log,
    setAside: async (segment) => {
      await mkdir(quarantine, { recursive: true, mode: 0o700 });
      await segment.setAside(quarantine);
    },
    onDrained: () => reporter.report(),
  });
  const sync = createSpoolSync({ intervalMs: settings.spool.fsyncIntervalMs, openPath: spool.openPath, log });
  const replay = createSpoolReplay({
    root: join(directory, 'spool'),
    bootId,
    queue,
    log,
    onAdopted: shipper.wake,
  });
  return {
    recorder,
    spool,
    queue,
    shipper,
    drops,
    start: async () => {
      await replay.start();
      if (settings.spool.fsync === 'interval') {
        spool.onSealed((path) => path !== null && sync.note(path));
        sync.start();
      }
      reporter.start();
      shipper.start();
    },
    stop: async (shipMs) => {
      reporter.stop();
      reporter.report(true);
      recorder.flush();
      await shipper.stop(shipMs);
      sync.stop();
      await spool.persist();
      await replay.stop();
    },
  };
}
