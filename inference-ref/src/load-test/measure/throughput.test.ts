import { describe, expect, it } from 'vitest';
import { sampleCall } from './sample-call.fixture.ts';
import { systemRates, windowsOf } from './throughput.ts';

const FAILED = { kind: 'stream_truncated', status: 200, message: '' } as const;
const WINDOW = { fromMs: 0, toMs: 1000, steadyFromMs: 0, steadyToMs: 1000 };
const good = sampleCall({ eventMs: [100, 200, 300], closedMs: 1000 });
const cut = sampleCall({ eventMs: [100, 200], closedMs: 1000, error: FAILED });

describe('throughput', () => {
  it('counts the tokens of calls that succeeded', () => {
    expect(systemRates([good], WINDOW)).toMatchObject({ tokensPerSecondWholeRun: 3, callsPerSecond: 1 });
    expect(systemRates([good], WINDOW).tokensPerSecond).toBeCloseTo(3);
  });

  it('is none where every call failed, whatever came before', () => {
    expect(systemRates([cut, cut], WINDOW)).toMatchObject({
      tokensPerSecond: 0,
      tokensPerSecondWholeRun: 0,
      callsPerSecond: 0,
    });
  });

  it('leaves failed calls out of the tokens over time too, yet counts them as finished', () => {
    const [window] = windowsOf([good, cut], 2000, 1000);
    expect(window).toMatchObject({ finished: 2, errors: 1, outputTokens: 3 });
  });
});
