// The Spend table as a file for a spreadsheet: every stored digit, totals not included, unknown prices left empty.
import { formatUsd } from '@tollgate/contract';
import type { TimeSpan } from '../range/time-range.ts';
import { toCsv } from '../ui/csv.ts';
import { isUnpriced, type SpendGroup } from './spend-groups.ts';
import type { SpendFilter } from './spend-search.ts';

export function spendCsv(by: string, groups: readonly SpendGroup[]): string {
  const head = [
    by,
    'calls',
    'errors',
    'unpriced_calls',
    'input_tokens',
    'cached_input_tokens',
    'output_tokens',
    'reasoning_tokens',
    'cost_usd',
  ];
  const rows = groups.map((group) => [
    group.name,
    group.calls,
    group.errors,
    group.unpricedCalls,
    group.inputTokens,
    group.cachedInputTokens,
    group.outputTokens,
    group.reasoningTokens,
    isUnpriced(group) ? '' : formatUsd(group.costPicoUsd),
  ]);
  return toCsv([head, ...rows]);
}

/** Says what the file holds: its groups, the filters in force, and the time. */
export function spendCsvName(by: string, filters: readonly SpendFilter[], span: TimeSpan): string {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace(':', '');
  const filtered = filters.map(({ dimension, value }) =>
    value === '' ? `no-${dimension}-` : `${dimension}-${fileNamePart(value)}-`,
  );
  return `tollgate-spend-by-${by}-${filtered.join('')}${day(span.fromMs)}Z-${day(span.toMs)}Z.csv`;
}

const LONGEST_PART = 40;

function fileNamePart(value: string): string {
  return value.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, LONGEST_PART);
}
