// Sends sealed segments to the collector, one at a time, the same bytes on each attempt, for ever with back-off.
// A segment leaves the queue only when it is stored or can never be stored; nothing here reaches the data path.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { BATCH_ID_HEADER, INGEST_PATH, IngestAck, REPLAY_HEADER } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { Pool } from 'undici';
import type { TelemetrySettings } from '../config.ts';
import type { DropCount } from './drop-count.ts';
import { countLines, type KindCounts } from './event-kinds.ts';
import type { SealedSegment } from './sealed-segment.ts';
import type { SegmentQueue } from './segment-queue.ts';
import type { Spool } from './spool.ts';

const gzipAsync = promisify(gzip);

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 3_000;
const ATTEMPT_TIMEOUT_MS = 30_000;
/** Answers that say this batch itself is wrong. All other failures may pass, wrong tokens and addresses included. */
const POISON_STATUSES = new Set([400, 413, 415, 422]);

export type ShipmentResult = 'stored' | 'poison' | 'failed';

export interface ShipperOptions {
  readonly spool: Pick<Spool, 'seal' | 'onSealed'>;
  readonly queue: SegmentQueue;
  readonly settings: Pick<TelemetrySettings, 'collectorUrl' | 'ingestToken' | 'gzip'>;
  readonly drops: DropCount;
  readonly log: Logger;
  readonly setAside: (segment: SealedSegment) => Promise<void>;
  /** Called when the queue ran empty after something was shipped. */
  readonly onDrained: () => void;
  readonly random?: () => number;
}

export interface Shipper {
  readonly start: () => void;
  /** There may be something to ship. */
  readonly wake: () => void;
  /** Ships what is queued until it is done or the time is up, then stops for good. */
  readonly stop: (withinMs: number) => Promise<void>;
  readonly results: Readonly<Record<ShipmentResult, number>>;
  /** The last failure, while it lasts; null when shipping works. */
  readonly trouble: () => string | null;
}

export function createShipper(options: ShipperOptions): Shipper {
  const { spool, queue, settings, drops, log, onDrained, random = Math.random } = options;
  const base = new URL(settings.collectorUrl);
  const pool = new Pool(base.origin, { connections: 2, headersTimeout: ATTEMPT_TIMEOUT_MS });
  const path = `${base.pathname.replace(/\/+$/, '')}${INGEST_PATH}`;
  const results = { stored: 0, poison: 0, failed: 0 };
  const stopped = new AbortController();
  let trouble: string | null = null;
  let failures = 0;
  let running: Promise<void> | null = null;
  let retry: { timer: NodeJS.Timeout; wake: () => void } | null = null;

  const post = async (segment: SealedSegment): Promise<{ status: number; text: string; body: Buffer }> => {
    const content = await segment.read();
    const body = settings.gzip ? await gzipAsync(content, { level: 1 }) : content;
    const answer = await pool.request({
      path,
      method: 'POST',
      body,
      signal: stopped.signal,
      headers: {
        'content-type': 'application/x-ndjson',
        [BATCH_ID_HEADER]: segment.id,
        ...(settings.gzip ? { 'content-encoding': 'gzip' } : {}),
        ...(settings.ingestToken === '' ? {} : { authorization: `Bearer ${settings.ingestToken}` }),
        ...(segment.replay ? { [REPLAY_HEADER]: '1' } : {}),
      },
    });
    return { status: answer.statusCode, text: await answer.body.text(), body: content };
  };

  const stored = async (segment: SealedSegment, text: string, body: Buffer): Promise<void> => {
    const rejected = rejectedCounts(text, body);
    if (rejected !== null) {
      drops.add('rejected', rejected);
      log.error({ batchId: segment.id, rejected }, 'shipment.lines_rejected');
    }
    if (trouble !== null) log.info({ batchId: segment.id }, 'shipment.recovered');
    trouble = null;
    results.stored += 1;
    queue.settle(segment);
    await removeQuietly(segment);
  };

  const poison = async (segment: SealedSegment, status: number): Promise<void> => {
    log.error({ batchId: segment.id, status, counts: segment.counts }, 'shipment.quarantined');
    results.poison += 1;
    drops.add('quarantined', segment.counts);
    queue.settle(segment);
    await options.setAside(segment);
  };

  const removeQuietly = (segment: SealedSegment): Promise<void> =>
    segment.remove().catch((error: unknown) => {
      // Left behind it is shipped again by the next boot, and known there by its batch id.
      log.warn({ batchId: segment.id, exception: error }, 'shipment.remove_failed');
    });

  /** One attempt. True when the segment left the queue. */
  const attempt = async (segment: SealedSegment): Promise<boolean> => {
    let reason: string;
    try {
      const { status, text, body } = await post(segment);
      if (status >= 200 && status < 300) {
        await stored(segment, text, body);
        return true;
      }
      if (POISON_STATUSES.has(status)) {
        await poison(segment, status);
        return true;
      }
      reason = `collector answered ${status}`;
    } catch (error) {
      reason = error instanceof Error ? error.message || error.name : String(error);
    }
    results.failed += 1;
    if (trouble === null && !stopped.signal.aborted)
      log.warn({ reason, batchId: segment.id }, 'shipment.failed');
    trouble = reason;
    return false;
  };

  const backOff = (): Promise<void> => {
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    if (stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ceiling * (0.5 + random() / 2));
      retry = { timer, wake: resolve };
    });
  };

  const run = async (): Promise<void> => {
    let shipped = false;
    for (let segment = queue.next(); segment !== null && !stopped.signal.aborted; segment = queue.next()) {
      if (await attempt(segment)) {
        failures = 0;
        shipped = true;
      } else {
        await backOff();
      }
    }
    if (shipped) onDrained();
  };

  const wake = (): void => {
    if (running !== null || queue.next() === null || stopped.signal.aborted) return;
    running = run().finally(() => {
      running = null;
      wake();
    });
  };

  return {
    start: () => {
      spool.onSealed(wake);
      wake();
    },
    stop: async (withinMs) => {
      spool.seal();
      wake();
      const timer = setTimeout(() => stopped.abort(), withinMs);
      while (running !== null) {
        const current: Promise<void> = running;
        stopped.signal.addEventListener('abort', () => retry?.wake(), { once: true });
        await current;
      }
      clearTimeout(timer);
      if (retry !== null) clearTimeout(retry.timer);
      stopped.abort();
      await pool.destroy();
    },
    wake,
    results,
    trouble: () => trouble,
  };
}

/** Which kinds the collector refused for good, by its ack; null when it took every line. */
function rejectedCounts(ackText: string, content: Buffer): KindCounts | null {
  let ack: unknown;
  try {
    ack = JSON.parse(ackText);
  } catch {
    return null;
  }
  const parsed = IngestAck.safeParse(ack);
  if (!parsed.success || parsed.data.rejected.length === 0) return null;
  const lines = content.toString('utf8').split('\n');
  const refused = parsed.data.rejected.map(({ line }) => lines[line - 1] ?? '');
  return countLines(Buffer.from(`${refused.join('\n')}\n`));
}
