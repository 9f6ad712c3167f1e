// Turns what the events store throws into Tollgate's errors: try again later, ask for less, or this row can never be stored.
import { defineError, isTollgateError, type TollgateError } from '@tollgate/service-kit/tollgate-error';

export const errEventsStoreUnavailable = defineError('TG_EVENTS_STORE_UNAVAILABLE', 503);
export const errRowsUnstorable = defineError('TG_ROWS_UNSTORABLE', 422);
const errQueryTimeout = defineError('TG_QUERY_TIMEOUT', 504);
const errQueryTooLarge = defineError('TG_QUERY_TOO_LARGE', 422);
const errQueryAborted = defineError('TG_QUERY_ABORTED', 499);
const errEventsStoreFailed = defineError('TG_EVENTS_STORE_FAILED', 500);

/** ClickHouse codes that say the data is wrong: cannot parse, out of range, type mismatch. No retry will help. */
const DATA_CODES = new Set([
  6, 25, 26, 27, 32, 38, 41, 53, 69, 70, 72, 117, 130, 131, 302, 321, 407, 441, 675,
]);
/** Time limit, and result or memory limit of one query. */
const TIMEOUT_CODES = new Set([159, 160, 209]);
const TOO_LARGE_CODES = new Set([158, 241, 307, 396]);
const CANCELLED_CODES = new Set([394, 735]);
/** Wrong SQL, unknown table or column: a defect of ours, not a passing trouble. */
const DEFECT_CODES = new Set([36, 42, 43, 46, 47, 60, 62, 115, 179, 184, 215, 386, 457]);

const DISK_FULL = /ENOSPC|no space left|not enough space/i;

export type EventsStoreFault = (error: unknown, clickhouseCode: number | undefined) => TollgateError;

export const faultOfInsert: EventsStoreFault = (error, code) => {
  if (isTollgateError(error)) return error;
  if (code !== undefined && DATA_CODES.has(code)) {
    return errRowsUnstorable(`the events store refuses the data: ${firstLine(error)}`, { cause: error });
  }
  return unavailable(error);
};

export const faultOfQuery: EventsStoreFault = (error, code) => {
  if (isTollgateError(error)) return error;
  if (code === undefined ? isAbort(error) : CANCELLED_CODES.has(code)) {
    return errQueryAborted('the query was given up because its client left', { cause: error });
  }
  if (code === undefined) return unavailable(error);
  if (TIMEOUT_CODES.has(code)) {
    return errQueryTimeout('the query took too long', {
      cause: error,
      hint: 'ask for a shorter range, fewer groups, or raise collector.query.timeoutMs',
    });
  }
  if (TOO_LARGE_CODES.has(code)) {
    return errQueryTooLarge('the query needs more memory or rows than allowed', {
      cause: error,
      hint: 'ask for a shorter range or fewer groups',
    });
  }
  if (DATA_CODES.has(code) || DEFECT_CODES.has(code)) {
    return errEventsStoreFailed(`the events store refused a statement: ${firstLine(error)}`, {
      cause: error,
      hint: 'this is a defect, or a schema of another version: please report it with the message',
    });
  }
  return unavailable(error);
};

function unavailable(error: unknown): TollgateError {
  return errEventsStoreUnavailable(`the events store does not answer: ${firstLine(error)}`, {
    cause: error,
    hint: DISK_FULL.test(String(error))
      ? 'its disk is full: make room; sidecars keep their events and send them again by themselves'
      : 'the collector retries by itself; sidecars keep their events until it is back',
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && /aborted/i.test(error.message);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 300).split('\n', 1)[0] ?? '';
}
