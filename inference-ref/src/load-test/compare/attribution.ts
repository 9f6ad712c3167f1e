// Which phase a change of latency comes from: the difference of each phase's mean between two arms.
import type { LoadArm, LoadEffect, LoadPhases } from '@tollgate/contract';

const PHASES = [
  ['queue', 'queue_ms'],
  ['prefill', 'prefill_ms'],
  ['decode', 'decode_ms'],
  ['network', 'network_ms'],
] as const satisfies readonly (readonly [string, keyof LoadPhases])[];

/** One line for each measure that changed: `TTFT p50 +38.0 %: queue +35.1 ms, prefill +3.0 ms, network +0.2 ms`. */
export function attribute(baseline: LoadArm, candidate: LoadArm, effects: readonly LoadEffect[]): string[] {
  const known = PHASES.flatMap(([name, key]) => {
    const [before, after] = [baseline.phases[key], candidate.phases[key]];
    return before === null || after === null ? [] : [{ name, growthMs: after - before }];
  });
  return effects
    .filter(({ outcome, change_percent }) => outcome === 'fail' && change_percent !== null)
    .map(({ measure, change_percent: percent }) => {
      const shown = `${candidate.name} ${measure} ${sign(percent ?? 0)} %`;
      const phases = known
        .filter(({ name }) => mayExplain(measure, name))
        .sort((a, b) => b.growthMs - a.growthMs);
      if (phases.length === 0) return `${shown}: the server told no phases (server-timing or /metrics)`;
      const parts = phases.map(({ name, growthMs }) => `${name} ${sign(growthMs)} ms`).join(', ');
      return `${shown}: mostly ${phases[0]?.name ?? 'unknown'}; ${parts}`;
    });
}

/** Before the first token nothing is decoded; after it, nothing else is waited for. */
function mayExplain(measure: string, phase: (typeof PHASES)[number][0]): boolean {
  if (measure.startsWith('TTFT')) return phase !== 'decode';
  return !measure.startsWith('TPOT') || phase === 'decode';
}

function sign(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`;
}
