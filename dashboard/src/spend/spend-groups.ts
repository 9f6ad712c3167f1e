// Adds the rows of a spend answer up by group and by bucket. Money stays pico-USD; nothing is rounded.
import { parseUsd, type SpendRow } from '@tollgate/contract';

export interface SpendTotals {
  calls: number;
  errors: number;
  unpricedCalls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costPicoUsd: bigint;
}

export interface SpendGroup extends SpendTotals {
  /** The group's name as stored; empty where the calls carry none. */
  name: string;
}

function emptyTotals(): SpendTotals {
  return {
    calls: 0,
    errors: 0,
    unpricedCalls: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costPicoUsd: 0n,
  };
}

function addRow(totals: SpendTotals, row: SpendRow): void {
  totals.calls += row.calls;
  totals.errors += row.errors;
  totals.unpricedCalls += row.unpriced_calls;
  totals.inputTokens += row.input_tokens;
  totals.cachedInputTokens += row.cached_input_tokens;
  totals.outputTokens += row.output_tokens;
  totals.reasoningTokens += row.reasoning_tokens;
  totals.costPicoUsd += parseUsd(row.cost_usd);
}

export function totalOf(rows: readonly SpendRow[]): SpendTotals {
  const totals = emptyTotals();
  for (const row of rows) addRow(totals, row);
  return totals;
}

export function groupName(row: SpendRow, dimension: string): string {
  const value = row[dimension];
  return value === undefined ? '' : String(value);
}

/** One entry a group, the most expensive first, then the most called, then by name. */
export function groupTotals(rows: readonly SpendRow[], dimension: string): SpendGroup[] {
  const groups = new Map<string, SpendGroup>();
  for (const row of rows) {
    const name = groupName(row, dimension);
    const group = groups.get(name) ?? { name, ...emptyTotals() };
    groups.set(name, group);
    addRow(group, row);
  }
  return [...groups.values()].sort(byCost);
}

function byCost(one: SpendGroup, two: SpendGroup): number {
  if (one.costPicoUsd !== two.costPicoUsd) return one.costPicoUsd > two.costPicoUsd ? -1 : 1;
  return two.calls - one.calls || one.name.localeCompare(two.name);
}

/** Is nothing of what was called priced? Then the cost is unknown, not zero. */
export function isUnpriced(totals: SpendTotals): boolean {
  return totals.calls > 0 && totals.unpricedCalls === totals.calls;
}

/** One amount as a share of another, for bars and percentages only; never 0 while there is any. */
export function costShare(part: bigint, whole: bigint): number {
  return whole <= 0n ? 0 : Number(part) / Number(whole);
}
