import { describe, expect, it } from 'vitest';
import { COMPARED_MEASURES } from '../compare/compared-measures.ts';
import { phasesBehind } from './phase-table.ts';

describe('the phases behind a measure', () => {
  const check = (metric: string, ...names: string[]): void => {
    it(`of ${metric} are ${names.length === 0 ? 'none' : names.join(', ')}`, () => {
      expect(phasesBehind(metric).map(({ name }) => name)).toEqual(names);
    });
  };
  check('ttft', 'queue', 'prefill', 'network');
  check('ttft_scheduled', 'queue', 'prefill', 'network');
  check('ttfo', 'queue', 'prefill', 'network');
  check('tpot', 'decode');
  check('e2e', 'queue', 'prefill', 'decode', 'network');
  check('system_tps');

  it('are known for whatever is compared', () => {
    for (const { metric } of COMPARED_MEASURES) expect(phasesBehind(metric)).not.toEqual([]);
  });
});
