// For a missed objective of latency: which phase of a call took the time, as far as the server tells its phases.
import type { LoadPhases } from '@tollgate/contract';
import { phasesBehind } from '../context/phase-table.ts';
import type { JudgedObjective } from './judge-objective.ts';

/** One line for each measure missed: `ttft: mostly network (network 1502 ms, prefill 18.2 ms, queue 0.1 ms a call)`. */
export function whereTimeWent(objectives: readonly JudgedObjective[], phases: LoadPhases): string[] {
  if (phases.source === 'none') return [];
  const missed = new Set(objectives.filter(({ outcome }) => outcome === 'fail').map(({ metric }) => metric));
  return [...missed].flatMap((metric) => {
    const spent = phasesBehind(metric)
      .flatMap(({ name, key }) => {
        const ms = phases[key];
        return ms === null ? [] : [{ name, ms }];
      })
      .sort((a, b) => b.ms - a.ms);
    const parts = spent.map(({ name, ms }) => `${name} ${ms.toPrecision(ms >= 100 ? 4 : 3)} ms`);
    return spent.length < 2 ? [] : [`${metric}: mostly ${spent[0]?.name ?? ''} (${parts.join(', ')} a call)`];
  });
}
