import { describe, expect, it } from 'vitest';
import { reconciliationFact } from './reconciliation-fact.ts';

const LINES = [
  { what: 'requests', client: 80, server: 81, difference: 1 },
  { what: 'output tokens', client: 1200, server: 1200, difference: 0 },
];

describe('reconciliationFact', () => {
  it('says that they differ, and in what, when they differ', () => {
    expect(reconciliationFact({ agrees: false, lines: LINES })).toEqual([
      'Client and server differ',
      'requests: 80 against 81',
    ]);
  });

  it('says that they agree when they do, and nothing when the server told nothing', () => {
    expect(reconciliationFact({ agrees: true, lines: [] })).toEqual(['Client and server agree', 'yes']);
    expect(reconciliationFact({ agrees: null, lines: [] })[1]).toBeNull();
  });
});
