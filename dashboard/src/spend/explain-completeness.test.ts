import type { Completeness } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { explainCompleteness } from './explain-completeness.ts';

describe('explainCompleteness', () => {
  const check = (title: string, completeness: Completeness, tone: string, label: string) =>
    it(title, () => expect(explainCompleteness(completeness)).toMatchObject({ tone, label }));
  check(
    'is content when all seen calls are stored',
    { seen: 5, stored: 5, spooled: 0, dropped: 0 },
    'good',
    'Complete',
  );
  check('waits for spooled calls', { seen: 5, stored: 3, spooled: 2, dropped: 0 }, 'warn', '2 on the way');
  check('names dropped calls', { seen: 5, stored: 3, spooled: 1, dropped: 1 }, 'bad', '1 dropped');
  check('puts missing calls first', { seen: 9, stored: 3, spooled: 1, dropped: 1 }, 'bad', '4 missing');
  check(
    'is content when calls were stored before the sidecar has reported them',
    { seen: 3, stored: 5, spooled: 0, dropped: 0 },
    'good',
    'Complete',
  );

  it('explains each lack in a sentence of its own', () => {
    const { sentences } = explainCompleteness({ seen: 9, stored: 3, spooled: 1, dropped: 1 });
    expect(sentences).toHaveLength(3);
    expect(sentences[1]).toContain('1 call was given up');
  });
});
