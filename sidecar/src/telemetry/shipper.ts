// Sends sealed segments to the collector, one at a time, the same bytes on each attempt, for ever with back-off.
// A segment leaves the queue only when it is stored or can never be stored; nothing here reaches the data path.
import { ApiError, IngestAck } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import type { TelemetrySettings } from '../config.ts';
import type { DropCount } from './drop-count.ts';
import { countLines, type KindCounts } from './event-kinds.ts';
import { createIngestClient } from './ingest-client.ts';
import { isMissing } from './missing-file.ts';
import type { SealedSegment } from './sealed-segment.ts';
import type { SegmentQueue } from './segment-queue.ts';
import type { Spool } from './spool.ts';

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 3_000;
/**
 * Answers of a collector that say this batch itself is wrong. All other failures may pass: wrong tokens and addresses, and
 * what a proxy between us says of sizes.
 */
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
  const ingest = createIngestClient(settings);
  const results = { stored: 0, poison: 0, failed: 0 };
  const stopped = new AbortController();
  let trouble: string | null = null;
  let failures = 0;
  let running: Promise<void> | null = null;
  let retry: { timer: NodeJS.Timeout; wake: () => void } | null = null;

  const stored = async (segment: SealedSegment, ack: IngestAck, content: Buffer): Promise<void> => {
    const rejected = rejectedCounts(ack, content);
    if (rejected !== null) {
      drops.add('rejected', rejected, segment.replay);
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
    drops.add('quarantined', segment.counts, segment.replay);
    queue.settle(segment);
    await options.setAside(segment);
  };

  const removeQuietly = (segment: SealedSegment): Promise<void> =>
    segment.remove().catch((error: unknown) => {
      // Left behind it is shipped again by the next boot, and known there by its batch id.
      log.warn({ batchId: segment.id, exception: error }, 'shipment.remove_failed');
    });

  /** What is gone from the disk never comes back; what cannot be read now may be later, and holds up nothing meanwhile. True when it left the queue. */
  const unreadable = (segment: SealedSegment, error: unknown): boolean => {
    if (!isMissing(error)) {
      queue.postpone(segment);
      return false;
    }
    log.error({ batchId: segment.id, counts: segment.counts }, 'shipment.segment_missing');
    drops.add('unreadable', segment.counts, segment.replay);
    queue.settle(segment);
    return true;
  };

  /** One attempt. True when the segment left the queue. */
  const attempt = async (segment: SealedSegment): Promise<boolean> => {
    let reason: string;
    let content: Buffer | null = null;
    try {
      content = await segment.read();
      const { status, text } = await ingest.post(segment, content, stopped.signal);
      const ack = status >= 200 && status < 300 ? readAck(text, segment.id) : null;
      if (ack !== null) {
        await stored(segment, ack, content);
        return true;
      }
      if (POISON_STATUSES.has(status) && isOurs(text)) {
        await poison(segment, status);
        return true;
      }
      reason = `collector answered ${status}${status < 300 ? ' without an acknowledgement' : ''}`;
    } catch (error) {
      if (content === null && unreadable(segment, error)) return true;
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
      await ingest.close();
    },
    wake,
    results,
    trouble: () => trouble,
  };
}

/** Null where it is no word about this batch: a proxy's page, another server. */
function readAck(text: string, batchId: string): IngestAck | null {
  const parsed = IngestAck.safeParse(parseJson(text));
  return parsed.success && parsed.data.batch_id === batchId ? parsed.data : null;
}

function isOurs(text: string): boolean {
  const parsed = ApiError.safeParse(parseJson(text));
  return parsed.success && parsed.data.error.code.startsWith('TG_');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Which kinds the collector refused for good; null when it took every line. */
function rejectedCounts({ rejected }: IngestAck, content: Buffer): KindCounts | null {
  if (rejected.length === 0) return null;
  const lines = content.toString('utf8').split('\n');
  const refused = rejected.map(({ line }) => lines[line - 1] ?? '');
  return countLines(Buffer.from(`${refused.join('\n')}\n`));
}
