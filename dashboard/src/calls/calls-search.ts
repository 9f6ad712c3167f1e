// What the Calls page keeps in its address, and the question to the API that follows from it.
import { Outcome } from '@tollgate/contract';
import { z } from 'zod';
import type { Parameters } from '../api/api-client.ts';
import { rangeSearchShape } from '../range/time-range.ts';

const CALL_FILTERS = [
  'team',
  'model',
  'provider',
  'user',
  'app',
  'upstream',
  'outcome',
  'session',
  'prompt_digest',
  'min_duration_ms',
] as const;
export type CallFilter = (typeof CALL_FILTERS)[number];

export const CALL_FILTER_LABELS: Record<CallFilter, string> = {
  team: 'Team',
  model: 'Model',
  provider: 'Provider',
  user: 'User',
  app: 'App',
  upstream: 'Upstream',
  outcome: 'Outcome',
  session: 'Session',
  prompt_digest: 'Same prompt',
  min_duration_ms: 'Duration from (ms)',
};

const text = z.string().max(256).optional().catch(undefined);

export const CallsSearch = z.object({
  ...rangeSearchShape,
  team: text,
  model: text,
  provider: text,
  user: text,
  app: text,
  upstream: text,
  outcome: Outcome.optional().catch(undefined),
  session: text,
  prompt_digest: text,
  min_duration_ms: z.coerce.number().positive().optional().catch(undefined),
});
export type CallsSearch = z.infer<typeof CallsSearch>;

export function callParameters(search: CallsSearch): Parameters {
  return Object.fromEntries(CALL_FILTERS.map((filter) => [filter, search[filter]]));
}

export function activeFilters(search: CallsSearch): { filter: CallFilter; value: string }[] {
  return CALL_FILTERS.flatMap((filter) => {
    const value = search[filter];
    return value === undefined ? [] : [{ filter, value: String(value) }];
  });
}
