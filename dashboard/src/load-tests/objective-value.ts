// What an objective measured, in the unit of its metric. The report says the metric; a number alone says nothing.
import { formatMoney } from '../ui/money-format.ts';
import { formatShare } from '../ui/number-format.ts';
import { formatRate } from './load-figures.tsx';

const UNITS: Readonly<Record<string, string>> = {
  tps_per_user: 'tokens/s',
  tps_per_call: 'tokens/s',
  system_tps: 'tokens/s',
  rps: 'calls/s',
  goodput_rps: 'calls/s',
};
const FRACTIONS = ['error_rate', 'goodput'];
const COSTS = ['cost_per_1k_calls', 'cost_per_1m_tokens'];
const USD_DIGITS = 12;

/** Whatever is not listed is a time in milliseconds. */
export function formatObjectiveValue(metric: string, value: number): string {
  if (FRACTIONS.includes(metric)) return formatShare(value);
  if (COSTS.includes(metric)) return formatMoney(value.toFixed(USD_DIGITS));
  return `${formatRate(value)} ${UNITS[metric] ?? 'ms'}`;
}
