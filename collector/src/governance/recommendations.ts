// All advice over one range, the largest saving first. The kinds look at disjoint calls, so savings may be added up.
import { formatUsd, parseUsd, type RecommendationsAnswer } from '@tollgate/contract';
import { z } from 'zod';
import type { EventsStore } from '../storage/events-store.ts';
import type { AdviceWindow } from './advice-window.ts';
import { adviseOnExactDuplicates } from './exact-duplicates.ts';
import { adviseOnFailedCalls } from './failed-calls.ts';

export interface RecommendOptions {
  readonly events: Pick<EventsStore, 'query'>;
  readonly from: string;
  readonly to: string;
  readonly signal?: AbortSignal;
}

const SpendRow = z.object({ spend: z.string() });

export async function recommend({
  events,
  from,
  to,
  signal,
}: RecommendOptions): Promise<RecommendationsAnswer> {
  const query = signal === undefined ? {} : { signal };
  const [row] = await events.query({
    sql: `SELECT toString(sum(ifNull(cost_usd, toDecimal128(0, 12)))) AS spend FROM llm_calls
      WHERE started_at >= parseDateTime64BestEffort({from:String}, 6, 'UTC')
        AND started_at < parseDateTime64BestEffort({to:String}, 6, 'UTC')`,
    params: { from, to },
    schema: SpendRow,
    ...query,
  });
  const spendPicoUsd = parseUsd(row?.spend ?? '0');
  const window: AdviceWindow = { from, to, spendPicoUsd, query };
  const advice = [
    ...(await adviseOnFailedCalls(events, window)),
    ...(await adviseOnExactDuplicates(events, window)),
  ];
  const bySaving = advice.sort((a, b) => (parseUsd(b.saving_usd) > parseUsd(a.saving_usd) ? 1 : -1));
  return { spend_usd: formatUsd(spendPicoUsd), recommendations: bySaving };
}
