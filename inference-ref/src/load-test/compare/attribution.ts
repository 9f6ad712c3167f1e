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
      const phases = known.filter(({ name }) => !measure.startsWith('TTFT') || name !== 'decode');
      if (phases.length === 0) return `${shown}: the server told no phases (server-timing or /metrics)`;
      const ordered = [...phases].sort((a, b) => b.growthMs - a.growthMs);
      return `${shown}: mostly ${ordered[0]?.name ?? 'unknown'}; ${ordered.map(({ name, growthMs }) => `${name} ${sign(growthMs)} ms`).join(', ')}`;
    });
}

function sign(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`;
}
