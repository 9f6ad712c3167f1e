import { describe, expect, it } from 'vitest';
import { faultOfInsert, faultOfQuery } from './events-store-fault.ts';

describe('a fault of the events store', () => {
  it.each([
    ['half a surrogate pair', 'Cannot parse escape sequence', 25],
    ['a number that is none', 'Cannot parse input', 27],
  ])('%s is never sent again', (_title, message, code) => {
    expect(faultOfInsert(new Error(message), code)).toMatchObject({ code: 'TG_ROWS_UNSTORABLE' });
  });

  it('says to make room when the disk is full, and that nothing is lost', () => {
    expect(faultOfInsert(new Error('ENOSPC: no space left on device, write'), 49)).toMatchObject({
      code: 'TG_EVENTS_STORE_UNAVAILABLE',
      statusCode: 503,
      hint: expect.stringMatching(/make room; sidecars keep their events/),
    });
  });

  it('takes a parameter that the store cannot read for a defect, not for an outage', () => {
    expect(faultOfQuery(new Error('Value -1 cannot be parsed as UInt32'), 457)).toMatchObject({
      statusCode: 500,
    });
  });
});
