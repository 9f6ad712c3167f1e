// Which phase a change of latency comes from: the difference of each phase's mean between two arms.
import type { LoadArm, LoadEffect } from '@tollgate/contract';
import { phasesBehind } from '../context/phase-table.ts';
import { COMPARED_MEASURES } from './compared-measures.ts';
import { ERRORS } from './error-effect.ts';

/** One line for each measure that changed: `TTFT p50 +38.0 %: queue +35.1 ms, prefill +3.0 ms, network +0.2 ms`. */
export function attribute(baseline: LoadArm, candidate: LoadArm, effects: readonly LoadEffect[]): string[] {
  return effects
    .filter(({ outcome, change_percent }) => outcome === 'fail' && change_percent !== null)
    .map(({ measure, change_percent: percent, reason }) => {
      if (measure === ERRORS) return `${candidate.name} ${measure}: ${reason}`;
      const shown = `${candidate.name} ${measure} ${sign(percent ?? 0)} %`;
      const phases = growthBehind(measure, baseline, candidate);
      if (phases.length === 0) return `${shown}: the server told no phases (server-timing or /metrics)`;
      const parts = phases.map(({ name, growthMs }) => `${name} ${sign(growthMs)} ms`).join(', ');
      return `${shown}: mostly ${phases[0]?.name ?? 'unknown'}; ${parts}`;
    });
}

/** The phases that may explain a measure and were told on both sides, the one that grew most first. */
function growthBehind(measure: string, baseline: LoadArm, candidate: LoadArm) {
  const metric = COMPARED_MEASURES.find(({ name }) => name === measure)?.metric ?? '';
  return phasesBehind(metric)
    .flatMap(({ name, key }) => {
      const [before, after] = [baseline.phases[key], candidate.phases[key]];
      return before === null || after === null ? [] : [{ name, growthMs: after - before }];
    })
    .sort((a, b) => b.growthMs - a.growthMs);
}

function sign(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`;
}
