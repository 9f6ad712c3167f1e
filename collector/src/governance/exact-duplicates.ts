// What an exact cache would have saved: repeats of a deterministic prompt within the cache's lifetime, at what they cost.
import { formatUsd, parseUsd, type Recommendation } from '@tollgate/contract';
import { z } from 'zod';
import { type BoundSql, createBinder, inRange } from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { type AdviceWindow, confidenceOf, savingRatio, windowOf } from './advice-window.ts';
import { counted } from './counted.ts';

/** The brief's cache lifetime. */
export const CACHE_TTL_SECONDS = 3600;
const MAX_REPEATS_READ = 10_000;

const RepeatRow = z.object({
  team: z.string(),
  model: z.string(),
  repeats: z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])),
});

export interface RepeatedCall {
  readonly startedAtMicros: number;
  readonly callId: string;
  readonly costPicoUsd: bigint;
  readonly priceVersion: string;
}

function repeatsSql(range: MicrosRange): BoundSql {
  const binder = createBinder();
  const within = inRange(binder, 'started_at', range);
  const sql = `
  SELECT team, model,
    arraySort(groupArray(${MAX_REPEATS_READ})((
      toString(toUnixTimestamp64Micro(started_at)), toString(call_id), toString(assumeNotNull(cost_usd)), price_version
    ))) AS repeats
  FROM llm_calls
  WHERE ${within}
    AND outcome = 'ok' AND prompt_digest != '' AND NOT has_tools AND cost_usd > 0
    AND (temperature = 0 OR operation = 'embeddings')
  GROUP BY team, model, prompt_digest
  HAVING count() > 1
  ORDER BY sum(cost_usd) DESC
  LIMIT 5000`;
  return { sql, params: binder.params() };
}

/** The calls of one prompt that a cache filled by an earlier call, and kept for `ttlSeconds`, would have answered. Expects them in order of time. */
export function avoidableCalls(calls: readonly RepeatedCall[], ttlSeconds: number): RepeatedCall[] {
  let storedAtMicros = Number.NEGATIVE_INFINITY;
  return calls.filter((call) => {
    if (call.startedAtMicros - storedAtMicros <= ttlSeconds * 1_000_000) return true;
    storedAtMicros = call.startedAtMicros;
    return false;
  });
}

export async function adviseOnExactDuplicates(
  events: Pick<EventsStore, 'query'>,
  window: AdviceWindow,
): Promise<Recommendation[]> {
  const rows = await events.query({
    ...repeatsSql(window.range),
    schema: RepeatRow,
    ...window.query,
  });
  const groups = new Map<
    string,
    { team: string; model: string; prompts: number; avoidable: RepeatedCall[] }
  >();
  for (const { team, model, repeats } of rows) {
    const calls = repeats
      .map(([startedAt, callId, cost, priceVersion]) => ({
        startedAtMicros: Number(startedAt),
        callId,
        costPicoUsd: parseUsd(cost),
        priceVersion,
      }))
      .sort((a, b) => a.startedAtMicros - b.startedAtMicros);
    const avoidable = avoidableCalls(calls, CACHE_TTL_SECONDS);
    if (avoidable.length === 0) continue;
    const key = JSON.stringify([team, model]);
    const group = groups.get(key) ?? { team, model, prompts: 0, avoidable: [] };
    group.prompts += 1;
    group.avoidable.push(...avoidable);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => describe(group, window));
}

function describe(
  {
    team,
    model,
    prompts,
    avoidable,
  }: { team: string; model: string; prompts: number; avoidable: RepeatedCall[] },
  window: AdviceWindow,
): Recommendation {
  const saving = avoidable.reduce((sum, call) => sum + call.costPicoUsd, 0n);
  return {
    id: `exact_duplicates:${team}:${model}`,
    kind: 'exact_duplicates',
    title: `Repeated prompts to ${model}`,
    advice: `${counted(avoidable.length, 'call')} repeated ${prompts === 1 ? 'a prompt' : `one of ${counted(prompts, 'prompt')}`} that had been answered within the hour. An exact cache would have answered ${avoidable.length === 1 ? 'it' : 'them'} for nothing.`,
    team,
    model,
    saving_usd: formatUsd(saving),
    saving_ratio: savingRatio(saving, window.spendPicoUsd),
    confidence: confidenceOf(window, avoidable.length),
    evidence: {
      calls: avoidable.length,
      sample_call_ids: avoidable.slice(0, 10).map((call) => call.callId),
      window: windowOf(window),
      assumptions: [
        `An exact cache of the same team that keeps answers for ${CACHE_TTL_SECONDS} s`,
        'Deterministic calls only: temperature 0 or embeddings, no tools, answered well',
      ],
      price_versions: [...new Set(avoidable.map((call) => call.priceVersion))].slice(0, 8),
    },
  };
}
