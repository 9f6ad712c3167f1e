import { describe, expect, it } from 'vitest';
import { computeRunFigures } from '../measure/run-figures.ts';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { formatSweep } from '../report/format-figure.ts';
import type { RunVerdict } from '../verdict/judge-run.ts';
import { createPlan } from './create-plan.ts';
import { type CutShort, errInterrupted } from './cut-short.ts';
import { executeSweep } from './execute-sweep.ts';
import type { LoadPlan } from './load-plan.ts';
import type { JudgedRun, LoadtestSession } from './loadtest-session.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';

const options = parseLoadtestOptions({
  url: 'http://127.0.0.1:1/v1',
  model: 'm',
  sweep: 'concurrency',
  sweepTo: '16',
  objective: ['ttft.p95<100ms'],
});
const figures = computeRunFigures({
  records: [sampleCall({ index: 0 })],
  warmupMs: 0,
  cooldownMs: 0,
  rampUpMs: 0,
});
const verdictOf = (verdict: RunVerdict['verdict'], reasons: string[] = []): RunVerdict => ({
  ...{ verdict, reasons, moreRequests: null },
});

/** A server and a client of which only the verdict at each load is known. */
function sweepOver(
  judge: (load: number) => RunVerdict,
  cutShortAt: (load: number) => CutShort | null = () => null,
) {
  const tried: { load: number; firstIndex: number }[] = [];
  const session: LoadtestSession = {
    prepare: async (plan) => plan,
    calibrateFor: async () => [],
    measure: async () => ({ result: {} as JudgedRun['result'], server: null }),
    judge: async (plan: LoadPlan) => {
      const load = plan.shape.kind === 'closed' ? plan.shape.concurrency : 0;
      tried.push({ load, firstIndex: plan.firstIndex });
      const cutShort = cutShortAt(load);
      return { plan, figures, verdict: judge(load), objectives: [], cutShort } as unknown as JudgedRun;
    },
  };
  const plan = createPlan({ options, runNonce: 'n', trace: [] });
  return { tried, conclusion: executeSweep({ options, session, plan }) };
}

describe('a sweep', () => {
  it('ends between the last load that met the objectives and the first that did not', async () => {
    const { conclusion } = sweepOver((load) => verdictOf(load <= 5 ? 'PASS' : 'FAIL'));
    const { run, sweep } = await conclusion;
    expect(run.verdict.verdict).toBe('PASS');
    expect(sweep).toMatchObject({ highest_good: 5, lowest_bad: 6 });
  });

  it('gives a load whose client was late a second chance, with prompts of its own', async () => {
    let late = true;
    const { conclusion, tried } = sweepOver((load) => {
      if (load !== 4 || !late) return verdictOf('PASS');
      late = false;
      return verdictOf('INVALID', ['the client was late']);
    });
    const { run, sweep } = await conclusion;
    expect(run.verdict.verdict).toBe('PASS');
    expect(sweep?.highest_good).toBe(16);
    expect(tried.map(({ load }) => load)).toEqual([1, 2, 4, 4, 8, 16]);
    expect(new Set(tried.map(({ firstIndex }) => firstIndex)).size).toBe(tried.length);
  });

  it('is INVALID where the limit may be the client’s own', async () => {
    const { conclusion } = sweepOver((load) =>
      load < 4 ? verdictOf('PASS') : verdictOf('INVALID', ['the client was late']),
    );
    const { run, sweep } = await conclusion;
    expect(run.verdict).toMatchObject({
      verdict: 'INVALID',
      reasons: ['concurrency 4: the client was late'],
    });
    if (sweep === null) throw new Error('no sweep');
    expect(formatSweep(sweep)).toBe(
      'highest concurrency that met the objectives: 3 (at 4 the client could explain the result)',
    );
  });

  const checkCut = (name: string, conclusion: ReturnType<typeof sweepOver>['conclusion']): void => {
    it(`is INCONCLUSIVE when it is interrupted ${name}, and tells what it found`, async () => {
      const { run, sweep } = await conclusion;
      expect(run.verdict).toEqual({
        verdict: 'INCONCLUSIVE',
        reasons: ['the sweep was interrupted at concurrency 4: its limit is not known'],
        moreRequests: null,
      });
      expect(run.cutShort?.cause).toBe('interrupted');
      expect(sweep?.points.map(({ load }) => load)).toEqual([1, 2]);
    });
  };
  checkCut(
    'during a load',
    sweepOver(
      () => verdictOf('PASS'),
      (load) => (load === 4 ? { cause: 'interrupted', afterMs: 1, calls: 1 } : null),
    ).conclusion,
  );
  checkCut(
    'between two loads',
    sweepOver((load) => {
      if (load === 4) throw errInterrupted('interrupted');
      return verdictOf('PASS');
    }).conclusion,
  );
});
