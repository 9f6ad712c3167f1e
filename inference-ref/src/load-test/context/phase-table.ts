// The phases of a call by the names people read, and which of them may explain a measure: the one table.
import type { LoadPhases } from '@tollgate/contract';

export const PHASES = [
  { name: 'queue', key: 'queue_ms' },
  { name: 'prefill', key: 'prefill_ms' },
  { name: 'decode', key: 'decode_ms' },
  { name: 'network', key: 'network_ms' },
] as const satisfies readonly { readonly name: string; readonly key: keyof LoadPhases }[];

export type Phase = (typeof PHASES)[number];

/** Before the first token nothing is decoded; between tokens nothing else is waited for. Empty for a measure of neither. */
export function phasesBehind(metric: string): readonly Phase[] {
  if (metric.startsWith('ttft') || metric === 'ttfo') return PHASES.filter(({ name }) => name !== 'decode');
  if (metric === 'tpot') return PHASES.filter(({ name }) => name === 'decode');
  return metric.startsWith('e2e') ? PHASES : [];
}
