// What a single run, a sweep and a comparison have in common at their end: everything that makes one report.
import type { LoadTestRun } from '@tollgate/contract';
import type { JudgedRun } from './loadtest-session.ts';

export interface Conclusion {
  readonly run: JudgedRun;
  readonly comparison: LoadTestRun['comparison'];
  readonly sweep: LoadTestRun['sweep'];
}
