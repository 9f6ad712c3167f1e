import { describe, expect, it } from 'vitest';
import { spendCsv, spendCsvName } from './spend-csv.ts';
import { totalOf } from './spend-groups.ts';

const SPAN = { fromMs: Date.UTC(2026, 0, 5), toMs: Date.UTC(2026, 0, 6, 12, 30) };

describe('spendCsv', () => {
  it('keeps the order it is given, and leaves an unknown cost empty', () => {
    const groups = [
      { ...totalOf([]), name: 'b', calls: 2, unpricedCalls: 2 },
      { ...totalOf([]), name: 'a', calls: 1, costPicoUsd: 1n },
    ];
    expect(spendCsv('team', groups).split('\r\n').slice(1, 3)).toEqual([
      'b,2,0,2,0,0,0,0,',
      'a,1,0,0,0,0,0,0,0.000000000001',
    ]);
  });
});

describe('spendCsvName', () => {
  it('says the filters, in characters that a file name may have', () => {
    const filters = [
      { dimension: 'team', value: 'R&D / Zürich' },
      { dimension: 'user', value: '' },
    ] as const;
    expect(spendCsvName('model', filters, SPAN)).toBe(
      'tollgate-spend-by-model-team-R_D_Zürich-no-user-2026-01-05T0000Z-2026-01-06T1230Z.csv',
    );
    expect(spendCsvName('team', [], SPAN)).toBe(
      'tollgate-spend-by-team-2026-01-05T0000Z-2026-01-06T1230Z.csv',
    );
  });
});
