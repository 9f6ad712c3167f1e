// Finds the calls of a batch that another batch has stored already, for batches whose dedup token may be forgotten.
import type { LlmCall } from '@tollgate/contract';
import { z } from 'zod';
import type { EventsStore } from '../storage/events-store.ts';
import { sqlTimeOf } from '../storage/sql-time.ts';

/** Inserts that a table remembers by token; the schema sets 10,000 and some are kept in reserve. */
const REMEMBERED_BATCHES = 9_000;

const StoredRow = z.object({
  boot_id: z.string(),
  seq: z.coerce.number(),
  batch_id: z.string(),
  ingested_at: z.string(),
});
const CountRow = z.object({ batches: z.coerce.number() });

/**
 * The calls that still have to be written. Calls of other batches are left out. Calls of this very batch stay in while
 * its token is remembered, since then the insert repeats them harmlessly and completes rollups that a crash cut short.
 */
export async function callsStillToStore(
  events: EventsStore,
  batchId: string,
  calls: readonly LlmCall[],
): Promise<LlmCall[]> {
  const boots = new Map<string, LlmCall[]>();
  for (const call of calls) {
    const ofBoot = boots.get(call.boot_id);
    if (ofBoot === undefined) boots.set(call.boot_id, [call]);
    else ofBoot.push(call);
  }
  const leaveOut = new Set<string>();
  let firstOfThisBatch: string | undefined;
  const ofThisBatch: string[] = [];
  for (const ofBoot of boots.values()) {
    for (const row of await storedCalls(events, ofBoot)) {
      const key = callKey(row);
      if (row.batch_id !== batchId) leaveOut.add(key);
      else {
        ofThisBatch.push(key);
        firstOfThisBatch ??= row.ingested_at;
      }
    }
  }
  if (firstOfThisBatch !== undefined && !(await tokenIsRemembered(events, firstOfThisBatch))) {
    for (const key of ofThisBatch) leaveOut.add(key);
  }
  return calls.filter((call) => !leaveOut.has(callKey(call)));
}

function callKey(call: { readonly boot_id: string; readonly seq: number }): string {
  return `${call.boot_id.toLowerCase()}/${call.seq}`;
}

/** What is stored of one boot's calls, found by their numbers within the time they span. */
async function storedCalls(
  events: EventsStore,
  calls: readonly LlmCall[],
): Promise<z.infer<typeof StoredRow>[]> {
  const times = calls.map((call) => sqlTimeOf(call.started_at)).sort();
  const seqs = calls.map((call) => call.seq).sort((a, b) => a - b);
  return events.query({
    sql: `SELECT toString(boot_id) AS boot_id, seq, batch_id, toString(ingested_at) AS ingested_at FROM llm_calls
      WHERE started_at >= toDateTime64({from:String}, 6, 'UTC') - INTERVAL 1 SECOND
        AND started_at <= toDateTime64({to:String}, 6, 'UTC') + INTERVAL 1 SECOND
        AND llm_calls.boot_id = {boot:UUID} AND seq >= {first:UInt64} AND seq <= {last:UInt64}`,
    params: {
      from: times[0],
      to: times.at(-1),
      boot: calls[0]?.boot_id,
      first: seqs[0],
      last: seqs.at(-1),
    },
    schema: StoredRow,
    settings: { max_result_rows: '0' },
  });
}

async function tokenIsRemembered(events: EventsStore, ingestedAt: string): Promise<boolean> {
  const [row] = await events.query({
    sql: `SELECT uniqExact(batch_id) AS batches FROM llm_calls
      WHERE ingested_at >= toDateTime64({since:String}, 6, 'UTC')`,
    params: { since: ingestedAt },
    schema: CountRow,
  });
  return (row?.batches ?? 0) < REMEMBERED_BATCHES;
}
