// Money spent on calls that failed, and on calls a client gave up and then sent again: observed cost, nothing estimated.
import type { Recommendation } from '@tollgate/contract';
import { formatUsd, parseUsd } from '@tollgate/contract';
import { z } from 'zod';
import { type BoundSql, createBinder, inRange } from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { type AdviceWindow, confidenceOf, savingRatio, windowOf } from './advice-window.ts';
import { counted } from './counted.ts';

/** A client that sends the same prompt again this soon after giving up is taken to be retrying. */
const RETRY_WINDOW_SECONDS = 600;

const FailedRow = z.object({
  team: z.string(),
  model: z.string(),
  cost: z.string(),
  failed: z.string(),
  retried: z.string(),
  samples: z.array(z.string()),
  versions: z.array(z.string()),
});

/** The digest says which model was asked; the column may not: it names the answering one, which a call given up early never learnt. */
function failedSql(range: MicrosRange): BoundSql {
  const binder = createBinder();
  const within = inRange(binder, 'started_at', range);
  const sql = `
  WITH wasted AS (
    SELECT team, model, call_id, cost_usd, price_version, is_error = 1 AS has_failed
    FROM llm_calls
    WHERE ${within}
      AND cost_usd > 0
      AND (is_error = 1 OR call_id IN (
        SELECT call_id FROM (
          SELECT call_id, outcome, cost_usd, started_at,
            leadInFrame(toNullable(started_at)) OVER (
              PARTITION BY team, prompt_digest ORDER BY started_at, call_id
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
          FROM llm_calls
          WHERE ${within}
            AND prompt_digest != ''
        )
        WHERE outcome = 'client_aborted' AND next_at IS NOT NULL
          AND dateDiff('second', started_at, assumeNotNull(next_at)) <= ${RETRY_WINDOW_SECONDS}
      ))
  )
  SELECT team, model, toString(sum(cost_usd)) AS cost, toString(countIf(has_failed)) AS failed,
    toString(countIf(NOT has_failed)) AS retried,
    arrayMap(id -> toString(id), arraySlice(arraySort(groupArray(call_id)), 1, 10)) AS samples, groupUniqArray(8)(price_version) AS versions
  FROM wasted GROUP BY team, model ORDER BY sum(cost_usd) DESC LIMIT 50`;
  return { sql, params: binder.params() };
}

export async function adviseOnFailedCalls(
  events: Pick<EventsStore, 'query'>,
  window: AdviceWindow,
): Promise<Recommendation[]> {
  const rows = await events.query({
    ...failedSql(window.range),
    schema: FailedRow,
    ...window.query,
  });
  return rows.map((row) => {
    const saving = parseUsd(row.cost);
    const calls = Number(row.failed) + Number(row.retried);
    return {
      id: `failed_calls:${row.team}:${row.model}`,
      kind: 'failed_calls',
      title: `Failed and retried calls to ${row.model}`,
      advice: describe(Number(row.failed), Number(row.retried)),
      team: row.team,
      model: row.model,
      saving_usd: formatUsd(saving),
      saving_ratio: savingRatio(saving, window.spendPicoUsd),
      confidence: confidenceOf(window, calls),
      evidence: {
        calls,
        sample_call_ids: row.samples,
        window: windowOf(window),
        assumptions: [
          'Observed cost of calls whose outcome is an error, and of calls that the client aborted and sent again',
          `Sent again: the same prompt digest by the same team within ${RETRY_WINDOW_SECONDS / 60} minutes`,
        ],
        price_versions: row.versions,
      },
    };
  });
}

function describe(failed: number, retried: number): string {
  const parts = [
    failed > 0 ? `${counted(failed, 'paid call')} ended in an error` : '',
    retried > 0
      ? `${counted(retried, 'paid call')} ${retried === 1 ? 'was' : 'were'} given up and sent again`
      : '',
  ].filter((part) => part !== '');
  return `${parts.join(', ')}. Look at their error types; raise client timeouts above the model's p99, and back off before retrying.`;
}
