// For a missed objective of latency: which phase of a call took the time, as far as the server tells its phases.
import type { LoadPhases } from '@tollgate/contract';
import type { JudgedObjective } from './judge-objective.ts';

const PHASES = [
  ['queue', 'queue_ms'],
  ['prefill', 'prefill_ms'],
  ['decode', 'decode_ms'],
  ['network', 'network_ms'],
] as const satisfies readonly (readonly [string, keyof LoadPhases])[];

/** One line for each measure missed: `ttft: mostly network (network 1502 ms, prefill 18.2 ms, queue 0.1 ms a call)`. */
export function whereTimeWent(objectives: readonly JudgedObjective[], phases: LoadPhases): string[] {
  if (phases.source === 'none') return [];
  const missed = new Set(objectives.filter(({ outcome }) => outcome === 'fail').map(({ metric }) => metric));
  return [...missed].flatMap((metric) => {
    const beforeFirstToken = metric.startsWith('ttft') || metric === 'ttfo';
    if (!beforeFirstToken && !metric.startsWith('e2e')) return [];
    const spent = PHASES.flatMap(([name, key]) => {
      const ms = phases[key];
      return ms === null || (beforeFirstToken && name === 'decode') ? [] : [{ name, ms }];
    }).sort((a, b) => b.ms - a.ms);
    const parts = spent.map(({ name, ms }) => `${name} ${ms.toPrecision(ms >= 100 ? 4 : 3)} ms`);
    return spent.length < 2 ? [] : [`${metric}: mostly ${spent[0]?.name ?? ''} (${parts.join(', ')} a call)`];
  });
}
