// Keeps a list of calls, newest first, while new ones arrive at its head and older ones are loaded at its tail.
import type { CallSummary, CallsAnswer } from '@tollgate/contract';

export interface CallList {
  calls: readonly CallSummary[];
  /** Where the next older page starts; null at the end. */
  older: string | null;
}

/**
 * Lays the newest page over the list. Within the page's reach the page is the truth; below it the list is kept.
 * When so much is new that page and list no longer touch, the page alone is left: a list with a hole would lie.
 */
export function mergeNewest(list: CallList | null, page: CallsAnswer): CallList {
  const last = page.calls.at(-1);
  const fresh: CallList = { calls: page.calls, older: page.next };
  if (list === null || last === undefined || page.next === null) return fresh;
  const known = new Set(list.calls.map(({ call_id }) => call_id));
  if (!page.calls.some(({ call_id }) => known.has(call_id))) return fresh;
  const below = list.calls.filter((call) => isOlder(call, last));
  if (below.length === 0) return fresh;
  const pageIds = new Set(page.calls.map(({ call_id }) => call_id));
  return {
    calls: [...page.calls, ...below.filter(({ call_id }) => !pageIds.has(call_id))],
    older: list.older,
  };
}

/** Adds an older page at the tail. */
export function appendOlder(list: CallList, page: CallsAnswer): CallList {
  const known = new Set(list.calls.map(({ call_id }) => call_id));
  return {
    calls: [...list.calls, ...page.calls.filter(({ call_id }) => !known.has(call_id))],
    older: page.next,
  };
}

/** How many calls of the newest page the list does not show yet. */
export function countNew(list: CallList, page: CallsAnswer): number {
  const known = new Set(list.calls.map(({ call_id }) => call_id));
  return page.calls.filter(({ call_id }) => !known.has(call_id)).length;
}

/** Timestamps of one form compare as text; equal ones are told apart by their ids. */
function isOlder(call: CallSummary, than: CallSummary): boolean {
  if (call.started_at === than.started_at) return call.call_id < than.call_id;
  return call.started_at < than.started_at;
}
