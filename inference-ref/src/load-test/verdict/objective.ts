// Objectives as text: `ttft.p99<500ms`, `goodput>=0.99`, `cost_per_1k_calls<$0.40`. Parses and prints; judging is elsewhere.
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { CALL_MEASURES, findCallMeasure } from '../measure/metric-catalog.ts';

const errObjective = defineError('TG_LOADTEST_OBJECTIVE', 400);

export type Comparison = '<' | '<=' | '>' | '>=';
export type ObjectiveStat =
  | { readonly kind: 'percentile'; readonly fraction: number }
  | { readonly kind: 'mean' | 'min' | 'max' };

export interface Objective {
  /** As the user wrote it. */
  readonly text: string;
  readonly metric: string;
  /** Null for the figures that are one number a run. */
  readonly stat: ObjectiveStat | null;
  readonly comparison: Comparison;
  /** Milliseconds, tokens per second, a fraction, or US dollars. */
  readonly threshold: number;
  /** Not named by the user. */
  readonly isDefault?: boolean;
}

export const POOLED_MEASURES = ['itl', 'icl'] as const;
export const RUN_MEASURES = [
  'error_rate',
  'goodput',
  'goodput_rps',
  'system_tps',
  'rps',
  'cost_per_1k_calls',
  'cost_per_1m_tokens',
] as const;

const PATTERN =
  /^([a-z][a-z0-9_]*)(?:\.(p\d+(?:\.\d+)?|mean|avg|median|min|max))?\s*(<=|>=|<|>)\s*(\$?)(\d+(?:\.\d+)?)\s*(ms|s|us|%|)$/;

/** Throws TG_LOADTEST_OBJECTIVE naming what is wrong with it. */
export function parseObjective(text: string): Objective {
  const match = PATTERN.exec(text.trim());
  if (match === null) {
    throw errObjective(`"${text}" is no objective`, {
      hint: 'write for example ttft.p99<500ms, goodput>=0.99 or error_rate<1%',
    });
  }
  const [, metric = '', statText, comparison = '<', , number = '', unit = ''] = match;
  const stat = statText === undefined ? null : parseStat(statText);
  checkMetric(text, metric, stat);
  checkDirection(text, metric, comparison);
  return {
    text: text.trim(),
    metric,
    stat,
    comparison: comparison as Comparison,
    threshold: scale(text, metric, Number(number), unit),
  };
}

function parseStat(text: string): ObjectiveStat {
  if (text === 'mean' || text === 'avg') return { kind: 'mean' };
  if (text === 'median') return { kind: 'percentile', fraction: 0.5 };
  if (text === 'min' || text === 'max') return { kind: text };
  return { kind: 'percentile', fraction: Number(text.slice(1)) / 100 };
}

function checkMetric(text: string, metric: string, stat: ObjectiveStat | null): void {
  const distributed =
    findCallMeasure(metric) !== undefined || POOLED_MEASURES.some((name) => name === metric);
  const single = RUN_MEASURES.some((name) => name === metric);
  const known = [...CALL_MEASURES.map(({ name }) => name), ...POOLED_MEASURES].join(', ');
  if (!distributed && !single) {
    throw errObjective(`"${text}": no measure is called ${metric}`, {
      hint: `use ${known}, ${RUN_MEASURES.join(', ')}`,
    });
  }
  if (distributed && stat === null) {
    throw errObjective(`"${text}": say which statistic of ${metric}`, {
      hint: `for example ${metric}.p95, ${metric}.mean or ${metric}.max`,
    });
  }
  if (single && stat !== null)
    throw errObjective(`"${text}": ${metric} is one figure a run`, {
      hint: `write ${metric} without a statistic`,
    });
  if (stat?.kind === 'percentile' && (stat.fraction <= 0 || stat.fraction >= 1)) {
    throw errObjective(`"${text}": a percentile lies between 0 and 100`, {
      hint: 'use .min or .max for the ends',
    });
  }
}

/** Of everything else less is better. */
const MORE_IS_BETTER: readonly string[] = ['goodput', 'goodput_rps', 'system_tps', 'rps'];

/** A bound on the wrong side is met by whatever is bad: a slip of the hand that would pass for ever. */
function checkDirection(text: string, metric: string, comparison: string): void {
  const moreIsBetter = MORE_IS_BETTER.includes(metric) || findCallMeasure(metric)?.unit === 'tokens/s';
  if (comparison.startsWith(moreIsBetter ? '>' : '<')) return;
  const [better, wanted] = moreIsBetter
    ? ['more', comparison.replace('<', '>')]
    : ['less', comparison.replace('>', '<')];
  throw errObjective(
    `"${text}": of ${metric} ${better} is better, so "${comparison}" would be met by a bad run`,
    {
      hint: `write ${text.trim().replace(comparison, wanted)}`,
    },
  );
}

const TIME_SCALE: Readonly<Record<string, number>> = { ms: 1, s: 1000, us: 0.001 };

function scale(text: string, metric: string, value: number, unit: string): number {
  const timed = findCallMeasure(metric)?.unit === 'ms' || POOLED_MEASURES.some((name) => name === metric);
  if (timed) {
    const factor = TIME_SCALE[unit];
    if (factor === undefined)
      throw errObjective(`"${text}": a time needs its unit`, { hint: 'write 500ms or 0.5s' });
    return value * factor;
  }
  const fraction = metric === 'error_rate' || metric === 'goodput';
  if (unit === '%' && fraction) return value / 100;
  if (unit !== '') throw errObjective(`"${text}": ${metric} takes no unit "${unit}"`);
  if (fraction && value > 1)
    throw errObjective(`"${text}": a fraction lies between 0 and 1`, { hint: 'write 0.99 or 99%' });
  return value;
}

/** True when the value meets the comparison. */
export function meets(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
  }
}
