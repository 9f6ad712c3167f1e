// Objectives in a file: one a line (a plain YAML list will do), `slo:` before a per-call bound, `#` for comments.
import { readFileSync } from 'node:fs';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { type Objective, parseObjective } from './objective.ts';

const errObjectivesFile = defineError('TG_LOADTEST_OBJECTIVES_FILE', 400);

export interface Objectives {
  readonly objectives: readonly Objective[];
  readonly slo: readonly Objective[];
}

/** A bound of a single call has no statistic: `ttft<500ms`. */
export function parseBound(text: string): Objective {
  return { ...parseObjective(text.trim().replace(/^([a-z0-9_]+)\s*(?=[<>])/, '$1.max')), text: text.trim() };
}

/** Throws TG_LOADTEST_OBJECTIVES_FILE when it can't be read, TG_LOADTEST_OBJECTIVE for a wrong line. */
export function readObjectivesFile(path: string): Objectives {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw errObjectivesFile(`cannot read ${path}`, {
      cause,
      hint: 'check the path given with --objectives-file',
    });
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => unquoted(line.replace(/#.*$/, '').trim()))
    .filter((line) => line !== '');
  const bounds = lines.filter((line) => line.startsWith('slo:'));
  return {
    objectives: lines.filter((line) => !line.startsWith('slo:')).map(parseObjective),
    slo: bounds.map((line) => parseBound(line.slice('slo:'.length))),
  };
}

/** A line of a plain YAML list reads the same: `- "ttft.p99<500ms"`. */
function unquoted(line: string): string {
  return line.replace(/^-\s+/, '').replace(/^(["'])(.*)\1$/, '$2');
}
