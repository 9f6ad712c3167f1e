// Gives each finished call its sequence number and hands events to the spool: calls at once and together, other events
// in batches, one write for all that came in the same turn of the event loop.
import { encodeCall, encodeEvent } from './encode-event.ts';
import type { EncodedEvent, FinishedCall, OtherEvent } from './event-kinds.ts';
import type { Spool } from './spool.ts';

export interface EventRecorder {
  /** When it returns the calls are kept, or counted as dropped. */
  readonly recordCalls: (calls: readonly FinishedCall[]) => void;
  readonly record: (event: OtherEvent) => void;
  /** Writes what waits now. */
  readonly flush: () => void;
  readonly callsSeen: () => number;
}

export interface EventRecorderOptions {
  readonly sidecarId: string;
  readonly bootId: string;
  readonly spool: Spool;
}

export function createEventRecorder({ sidecarId, bootId, spool }: EventRecorderOptions): EventRecorder {
  let nextSeq = 0;
  let waiting: EncodedEvent[] = [];
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    const events = waiting;
    waiting = [];
    spool.append(events);
  };

  return {
    recordCalls: (calls) => {
      for (const call of calls) {
        waiting.push({ kind: 'llm_call', line: encodeCall(call, { sidecarId, bootId, seq: nextSeq }) });
        nextSeq += 1;
      }
      flush();
    },
    record: (event) => {
      waiting.push({ kind: event.kind, line: encodeEvent(event) });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    flush,
    callsSeen: () => nextSeq,
  };
}
