import { describe, expect, it } from 'vitest';
import type { RunVerdict } from '../verdict/judge-run.ts';
import { verdictOfCut } from '../verdict/verdict-of-cut.ts';
import { type CutShort, describeCut, refuseAfterSignal } from './cut-short.ts';

describe('a run that was cut short', () => {
  const check = (name: string, cut: Partial<CutShort>, plan: object, words: string): void => {
    it(`says ${name}`, () => {
      const whole = { cause: 'interrupted', afterMs: 5040, calls: 12, ...cut } as const;
      expect(describeCut(whole, { requests: null, durationMs: null, ...plan })).toBe(words);
    });
  };
  check('how much of its time it had', {}, { durationMs: 600_000 }, 'interrupted after 5 s of 600 s');
  check('how many of its calls it had', {}, { requests: 100 }, 'interrupted after 12 of 100 calls');
  check('how long it took where neither was set', { afterMs: 61_400 }, {}, 'interrupted after 61 s');
  check(
    'that it gave up',
    { cause: 'hopeless' },
    { requests: 100 },
    'stopped after 12 calls: the first ones all failed alike, further ones would too',
  );

  it.each([
    ['PASS', 'INCONCLUSIVE'],
    ['INCONCLUSIVE', 'INCONCLUSIVE'],
    ['FAIL', 'FAIL'],
    ['INVALID', 'INVALID'],
  ] as const)('turns %s into %s and says why first', (verdict, expected) => {
    const before: RunVerdict = { verdict, reasons: ['an objective'], moreRequests: null };
    expect(verdictOfCut(before, 'interrupted')).toMatchObject({
      verdict: expected,
      reasons: ['interrupted', 'an objective'],
    });
  });

  it('begins nothing after a signal', () => {
    expect(() => refuseAfterSignal(AbortSignal.abort(), 'the load began')).toThrow(
      expect.objectContaining({ code: 'TG_LOADTEST_INTERRUPTED' }),
    );
    refuseAfterSignal(new AbortController().signal, 'the load began');
  });
});
