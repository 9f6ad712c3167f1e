// Writes rows under a token; when the store refuses the data itself, finds the rows at fault and hands them back.
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { EventsStore, EventsTable } from '../storage/events-store.ts';

export interface RefusedRow<Source> {
  readonly source: Source;
  readonly problem: string;
}

export interface InsertRowsOptions<Source> {
  readonly events: EventsStore;
  readonly table: EventsTable;
  readonly token: string;
  readonly sources: readonly Source[];
  readonly toRow: (source: Source) => Readonly<Record<string, unknown>>;
}

/** Halves a refused insert until the bad rows stand alone, so that one row never blocks a batch. Same input, same tokens. */
export async function insertRows<Source>(options: InsertRowsOptions<Source>): Promise<RefusedRow<Source>[]> {
  const { events, table, token, sources, toRow } = options;
  if (sources.length === 0) return [];
  try {
    await events.insert({ table, rows: sources.map(toRow), token });
    return [];
  } catch (error) {
    if (!isTollgateError(error) || error.code !== 'TG_ROWS_UNSTORABLE') throw error;
    const [only] = sources;
    if (sources.length === 1 && only !== undefined) return [{ source: only, problem: error.message }];
    const middle = Math.ceil(sources.length / 2);
    const left = await insertRows({ ...options, token: `${token}/0`, sources: sources.slice(0, middle) });
    const right = await insertRows({ ...options, token: `${token}/1`, sources: sources.slice(middle) });
    return [...left, ...right];
  }
}
