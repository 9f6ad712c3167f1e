// Ends a run once its verdict is certain. Looking often finds luck, so each look spends part of the error allowed:
// look k may err with α/(k(k+1)), which sums to α over all looks.
import type { CallRecord } from '../measure/call-record.ts';
import { computeRunFigures, type RunFiguresOptions } from '../measure/run-figures.ts';
import { judgeObjective } from './judge-objective.ts';
import type { Objective } from './objective.ts';

export interface EarlyStop {
  /** Takes finished calls; true when no further call would change the verdict. */
  readonly take: (batch: readonly CallRecord[]) => boolean;
  readonly looks: () => number;
}

export interface EarlyStopOptions {
  readonly objectives: readonly Objective[];
  readonly bounds: readonly Objective[];
  readonly confidence: number;
  readonly window: Omit<RunFiguresOptions, 'records'>;
}

const FIRST_LOOK = 50;
const GROWTH = 1.5;
const NO_CLIENT_ERROR = { p50: 0, p99: 0, mean: 0, max: 0, tokensPerCall: 1 };

export function createEarlyStop({ objectives, bounds, confidence, window }: EarlyStopOptions): EarlyStop {
  const records: CallRecord[] = [];
  let nextLook = FIRST_LOOK;
  let looks = 0;
  return {
    looks: () => looks,
    take: (batch) => {
      for (const record of batch) records.push(record);
      if (objectives.length === 0 || records.length < nextLook) return false;
      nextLook = Math.ceil(records.length * GROWTH);
      looks += 1;
      const spent = (1 - confidence) / (looks * (looks + 1));
      const figures = computeRunFigures({ ...window, records });
      const judged = objectives.map((objective) =>
        judgeObjective(objective, {
          figures,
          bounds,
          cost: null,
          confidence: 1 - spent,
          clientError: NO_CLIENT_ERROR,
        }),
      );
      const isAsked = judged.some(({ isDefault }) => !isDefault);
      return (
        judged.some(({ outcome }) => outcome === 'fail') ||
        (isAsked && judged.every(({ outcome }) => outcome === 'pass'))
      );
    },
  };
}
