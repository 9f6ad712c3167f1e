// Gives each finished call its sequence number and hands events to the spool in batches, one write for all that finished
// in the same turn of the event loop. Whoever waits for a call's record is told after that write.
import type { Logger } from '@tollgate/service-kit/logger';
import { encodeCall, encodeEvent } from './encode-event.ts';
import type { EncodedEvent, FinishedCall, OtherEvent } from './event-kinds.ts';
import type { Spool } from './spool.ts';

export interface EventRecorder {
  /** `onRecorded` runs once the call is kept, or counted as dropped; before the turn of the event loop ends. */
  readonly recordCall: (call: FinishedCall, onRecorded: () => void) => void;
  readonly record: (event: OtherEvent) => void;
  /** Writes what waits now. */
  readonly flush: () => void;
  readonly callsSeen: () => number;
}

export interface EventRecorderOptions {
  readonly sidecarId: string;
  readonly bootId: string;
  readonly spool: Spool;
  readonly log: Logger;
}

export function createEventRecorder({ sidecarId, bootId, spool, log }: EventRecorderOptions): EventRecorder {
  let nextSeq = 0;
  let waiting: EncodedEvent[] = [];
  let listeners: (() => void)[] = [];
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    const events = waiting;
    const told = listeners;
    waiting = [];
    listeners = [];
    spool.append(events);
    for (const listener of told) {
      try {
        listener();
      } catch (error) {
        log.error({ exception: error }, 'recorder.listener_failed');
      }
    }
  };

  const enqueue = (event: EncodedEvent): void => {
    waiting.push(event);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  return {
    recordCall: (call, onRecorded) => {
      listeners.push(onRecorded);
      const line = encodeCall(call, { sidecarId, bootId, seq: nextSeq });
      nextSeq += 1;
      enqueue({ kind: 'llm_call', line });
    },
    record: (event) => enqueue({ kind: event.kind, line: encodeEvent(event) }),
    flush,
    callsSeen: () => nextSeq,
  };
}
