// What a session makes of a signal, over a runner that only tells what it was asked for.
import { describe, expect, it } from 'vitest';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { createPlan } from './create-plan.ts';
import type { CutShort } from './cut-short.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LoadRunner } from './load-runner.ts';
import { createLoadtestSession } from './loadtest-session.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';

const options = parseLoadtestOptions({
  url: 'http://127.0.0.1:9/v1',
  model: 'm',
  duration: '600s',
  serverMetrics: false,
});
const plan = createPlan({ options, runNonce: 'n', trace: [] });
const CUT: CutShort = { cause: 'interrupted', afterMs: 5000, calls: 20 };

function sessionOver(cutShort: CutShort | null, signal = new AbortController().signal) {
  const asked: LoadPlan[] = [];
  const runner: LoadRunner = {
    run: async (asking) => {
      asked.push(asking);
      return {
        records: Array.from({ length: 20 }, (_, index) => sampleCall({ index })),
        healths: [],
        mostInFlight: 1,
        openSockets: 1,
        wallMs: 5000,
        cutShort,
        throughSidecar: false,
      };
    },
    priority: 0,
    openFilesLimit: null,
    workers: 1,
    close: async () => {},
  };
  const nothing = (): void => {};
  const progress = { phase: nothing, begin: nothing, take: nothing, end: nothing };
  const objectives = { objectives: [], slo: [] };
  return { asked, session: createLoadtestSession({ options, objectives, runner, progress, signal }) };
}

describe('a session', () => {
  const INTERRUPTED = expect.objectContaining({ code: 'TG_LOADTEST_INTERRUPTED' });

  it('begins nothing after a signal', async () => {
    const { asked, session } = sessionOver(null, AbortSignal.abort());
    await expect(session.prepare(plan)).rejects.toThrow(INTERRUPTED);
    await expect(session.calibrateFor(plan)).rejects.toThrow(INTERRUPTED);
    await expect(session.measure(plan, 'load')).rejects.toThrow(INTERRUPTED);
    expect(asked).toEqual([]);
  });

  const check = (cutShort: CutShort | null, verdict: string, reasons: readonly string[]): void => {
    it(`finds a run ${verdict} that was ${cutShort === null ? 'whole' : 'cut'}`, async () => {
      const { session } = sessionOver(cutShort);
      const measured = await session.measure(plan, 'load');
      const run = await session.judge(plan, { ...measured, calibrations: [] });
      expect(run).toMatchObject({ verdict: { verdict, reasons }, cutShort });
    });
  };
  check(null, 'PASS', []);
  check(CUT, 'INCONCLUSIVE', ['interrupted after 5 s of 600 s']);

  it('has no result of a comparison whose block was cut', async () => {
    const { session } = sessionOver(CUT);
    await expect(session.measure(plan, 'block 3/16, candidate', true)).rejects.toThrow(
      /interrupted in block 3\/16, candidate/,
    );
  });
});
