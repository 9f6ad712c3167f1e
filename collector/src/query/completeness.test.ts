import { describe, expect, it } from 'vitest';
import { accountOf } from './completeness.ts';

describe('the account of a boot', () => {
  it.each([
    [
      'all stored',
      { seen: 10, stored: 10, dropped: 0, reportedSpooled: 0 },
      { spooled: 0, dropped: 0, missing: 0 },
    ],
    [
      'an old report of spooled calls that are stored by now',
      { seen: 10, stored: 10, dropped: 0, reportedSpooled: 10 },
      { spooled: 0, dropped: 0, missing: 0 },
    ],
    [
      'some still spooled',
      { seen: 10, stored: 6, dropped: 0, reportedSpooled: 9 },
      { spooled: 4, dropped: 0, missing: 0 },
    ],
    [
      'some dropped, some spooled, one missing',
      { seen: 10, stored: 5, dropped: 2, reportedSpooled: 2 },
      { spooled: 2, dropped: 2, missing: 1 },
    ],
    [
      'a sidecar that died with calls in memory',
      { seen: 10, stored: 7, dropped: 0, reportedSpooled: 0 },
      { spooled: 0, dropped: 0, missing: 3 },
    ],
  ])('adds up with %s', (_, counts, expected) => {
    const account = accountOf(counts);
    expect(account).toMatchObject(expected);
    expect(account.stored + account.spooled + account.dropped + account.missing).toBe(account.seen);
  });
});
