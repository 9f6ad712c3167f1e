// All advice over one range, the largest saving first. The kinds look at disjoint calls, so savings may be added up.
import { formatUsd, parseUsd, type RecommendationsAnswer } from '@tollgate/contract';
import { z } from 'zod';
import { createBinder, inRange } from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import type { AdviceWindow } from './advice-window.ts';
import { adviseOnExactDuplicates } from './exact-duplicates.ts';
import { adviseOnFailedCalls } from './failed-calls.ts';

export interface RecommendOptions {
  readonly events: Pick<EventsStore, 'query'>;
  readonly range: MicrosRange;
  readonly signal?: AbortSignal;
}

const SpendRow = z.object({ spend: z.string() });

export async function recommend({ events, range, signal }: RecommendOptions): Promise<RecommendationsAnswer> {
  const query = signal === undefined ? {} : { signal };
  const binder = createBinder();
  const [row] = await events.query({
    sql: `SELECT toString(sum(ifNull(cost_usd, toDecimal128(0, 12)))) AS spend FROM llm_calls
      WHERE ${inRange(binder, 'started_at', range)}`,
    params: binder.params(),
    schema: SpendRow,
    ...query,
  });
  const spendPicoUsd = parseUsd(row?.spend ?? '0');
  const window: AdviceWindow = { range, spendPicoUsd, query };
  const advice = [
    ...(await adviseOnFailedCalls(events, window)),
    ...(await adviseOnExactDuplicates(events, window)),
  ];
  const bySaving = advice.sort((a, b) => (parseUsd(b.saving_usd) > parseUsd(a.saving_usd) ? 1 : -1));
  return { spend_usd: formatUsd(spendPicoUsd), recommendations: bySaving };
}
