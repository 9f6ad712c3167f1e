// One worker as its parent sees it: a supervised process that is given connections and asked for reports.
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Logger } from '@tollgate/service-kit/logger';
import { createSupervisedProcess, type ProcessStatus } from '@tollgate/service-kit/supervised-process';
import type { SidecarConfig } from '../config.ts';
import type { MetricFamily } from '../telemetry/metric-text.ts';
import type { ConnectionDealer, Seat } from './connection-dealer.ts';
import { lastingFamilies, mergeFamilies } from './merge-families.ts';
import type { FromWorker, ToWorker, WorkerReport } from './worker-messages.ts';

/** A worker that says nothing for so long is shown by its last report. */
const REPORT_WAIT_MS = 1_000;

export interface WorkerProcessOptions {
  /** From 1; the name of this worker in logs and labels. */
  readonly slot: number;
  readonly config: SidecarConfig;
  readonly dealer: ConnectionDealer;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

export interface WorkerProcess {
  readonly slot: number;
  readonly start: () => Promise<void>;
  readonly stop: (timeoutMs: number) => Promise<number | null>;
  readonly status: () => ProcessStatus;
  readonly serves: () => boolean;
  readonly tell: (message: ToWorker) => void;
  /** Asks for a new report; resolves with the last one where none comes, null where there was none. Never rejects. */
  readonly report: () => Promise<WorkerReport | null>;
  /** Counters and histograms of this slot's processes that are gone, as far as they were reported. */
  readonly formerFamilies: () => readonly MetricFamily[];
}

export function createWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { slot, config, dealer, env, log } = options;
  const waiting = new Map<number, () => void>();
  let child: ChildProcess | null = null;
  let seat: Seat | null = null;
  let latest: WorkerReport | null = null;
  let former: readonly MetricFamily[] = [];
  let nextReportId = 0;

  const send = (message: ToWorker, socket?: Socket): void => {
    if (child?.connected !== true) return;
    // What cannot be sent is dealt again, or asked again, once the channel's end is noticed.
    child.send(message, socket, { keepOpen: true }, () => undefined);
  };

  const receive = (message: FromWorker): void => {
    if (message.kind === 'taken') seat?.taken(message.id);
    else if (message.kind === 'report') {
      latest = message.report;
      waiting.get(message.id)?.();
    }
  };

  /** Comes after the last message of a process, whatever its end was. */
  const forget = (): void => {
    child = null;
    seat?.leave();
    seat = null;
    if (latest !== null) former = mergeFamilies([former, lastingFamilies(latest.families)]);
    latest = null;
    for (const resolve of waiting.values()) resolve();
  };

  const supervised = createSupervisedProcess({
    name: `sidecar worker ${slot}`,
    nodeArgs: ['--import', loaderUrl(), fileURLToPath(new URL('./worker-main.ts', import.meta.url))],
    env: () => env,
    log,
    output: 'inherit',
    onLaunch: (launched) => {
      child = launched;
      launched.on('message', (message) => receive(message as FromWorker));
      launched.once('disconnect', forget);
      send({ kind: 'start', slot, config });
    },
    onReady: () => {
      seat = dealer.join((id, socket) => send({ kind: 'connection', id }, socket));
    },
  });

  return {
    slot,
    start: async () => void (await supervised.start()),
    stop: supervised.stop,
    status: supervised.status,
    serves: () => seat !== null,
    tell: send,
    report: async () => {
      if (seat === null) return latest;
      const id = nextReportId++;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REPORT_WAIT_MS);
        waiting.set(id, () => {
          clearTimeout(timer);
          resolve();
        });
        send({ kind: 'report', id });
      });
      waiting.delete(id);
      return latest;
    },
    formerFamilies: () => former,
  };
}

function loaderUrl(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
