// All objectives of a run: from the file, from the command line, and the default on errors.
import { withErrorObjective } from '../verdict/error-objective.ts';
import { parseObjective } from '../verdict/objective.ts';
import { type Objectives, parseBound, readObjectivesFile } from '../verdict/objectives-file.ts';
import type { LoadtestOptions } from './loadtest-options.ts';

type ObjectiveOptions = Pick<LoadtestOptions, 'objective' | 'objectivesFile' | 'slo'>;

export function readObjectives({ objective, objectivesFile, slo }: ObjectiveOptions): Objectives {
  const fromFile =
    objectivesFile === undefined ? { objectives: [], slo: [] } : readObjectivesFile(objectivesFile);
  return {
    objectives: withErrorObjective([...fromFile.objectives, ...objective.map(parseObjective)]),
    slo: [...fromFile.slo, ...slo.map(parseBound)],
  };
}
