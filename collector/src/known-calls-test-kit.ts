// Six hundred calls over sixty hours, the same in every run, and what they must add up to, worked out without the collector.
import { formatTimestamp, formatUsd } from '@tollgate/contract';
import { callEvent } from './collector-test-kit.ts';

export const HOUR = 3_600_000_000;
export const START = Date.parse('2026-05-01T00:00:00Z') * 1000;
const TEAMS = ['search', 'support', 'ops'];
const MODELS = ['gpt-4o-mini', 'unheard-of'];

export interface Sent {
  readonly at: number;
  readonly team: string;
  readonly model: string;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly error: boolean;
}

/** A small generator of numbers that are the same in every run. */
function createNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const next = createNumbers(7);
export const sent: Sent[] = Array.from({ length: 600 }, () => ({
  at: START + next(60) * HOUR + next(3600) * 1_000_000 + next(1_000_000),
  team: TEAMS[next(3)] ?? '',
  model: MODELS[next(4) === 0 ? 1 : 0] ?? '',
  input: next(5000),
  cached: next(2) * next(1000),
  output: 1 + next(900),
  error: next(20) === 0,
}));
export const events = sent.map((call, seq) =>
  callEvent(seq, {
    started_at: formatTimestamp(call.at),
    team: call.team,
    requested_model: call.model,
    input_uncached_tokens: call.input,
    input_cache_read_tokens: call.cached,
    output_text_tokens: call.output,
    duration_ms: 100 + seq,
    ...(call.error ? { outcome: 'upstream_error', status: 500 } : {}),
  }),
);

/** gpt-4o-mini by its list price, in pico-USD a token: 0.15, 0.075 and 0.6 USD a million. */
export function cost({ model, input, cached, output }: Sent): bigint {
  if (model !== 'gpt-4o-mini') return 0n;
  return BigInt(input) * 150_000n + BigInt(cached) * 75_000n + BigInt(output) * 600_000n;
}

export function sums(calls: readonly Sent[]) {
  const total = (pick: (call: Sent) => number): number => calls.reduce((sum, call) => sum + pick(call), 0);
  return {
    calls: calls.length,
    input_tokens: total((call) => call.input + call.cached),
    cached_input_tokens: total((call) => call.cached),
    output_tokens: total((call) => call.output),
    reasoning_tokens: 0,
    cost_usd: formatUsd(calls.reduce((sum, call) => sum + cost(call), 0n)),
    unpriced_calls: total((call) => (call.model === 'unheard-of' ? 1 : 0)),
    errors: total((call) => (call.error ? 1 : 0)),
  };
}

export function rangeQuery(from: number, to: number): string {
  return `from=${formatTimestamp(from)}&to=${formatTimestamp(to)}`;
}

/** Starts before the first call and ends after the last. */
export const whole = rangeQuery(START - 24 * HOUR, START + 96 * HOUR);
