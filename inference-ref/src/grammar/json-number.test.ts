import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reading } from './grammar.fixture.ts';
import { isEmptyRange, jsonNumber, type NumberBounds } from './json-number.ts';

const open: NumberBounds = {
  ...{ isInteger: false, minimum: null, maximum: null, exclusiveMinimum: null, exclusiveMaximum: null },
};

describe('bounded number', () => {
  const check = (bounds: Partial<NumberBounds>, takes: readonly string[], refuses: readonly string[]) => {
    const read = reading(jsonNumber({ ...open, ...bounds }));
    expect(takes.filter((text) => read(text) !== 'end')).toEqual([]);
    expect(refuses.filter((text) => read(text) === 'end')).toEqual([]);
  };

  it('keeps integers within their bounds', () => {
    check(
      { isInteger: true, minimum: 3, maximum: 120 },
      ['3', '9', '12', '120'],
      ['2', '0', '-3', '121', '1200', '3.5', '03'],
    );
    check({ isInteger: true, minimum: -12, maximum: -3 }, ['-12', '-3'], ['-2', '-13', '3', '0', '-']);
    check({ isInteger: true, exclusiveMinimum: 0 }, ['1', '999999'], ['0', '-1', '-0']);
    check({ isInteger: true, minimum: 0.5, maximum: 2.5 }, ['1', '2'], ['0', '3']);
    check(
      { isInteger: true, minimum: -9007199254740991, maximum: 9007199254740991 },
      ['9007199254740991', '-1', '0'],
      ['9007199254740992'],
    );
  });

  it('keeps fractions within their bounds', () => {
    check(
      { minimum: 0, maximum: 1 },
      ['0', '1', '0.5', '0.000001', '1.0'],
      ['1.1', '2', '-0.5', '1.000001', '.5', '0.', '1e0'],
    );
    check({ exclusiveMinimum: 0, exclusiveMaximum: 0.3 }, ['0.1', '0.29'], ['0', '0.0', '0.3', '0.30']);
    check({ minimum: -1.5, maximum: 1e-7 }, ['-1.5', '-1', '0', '0.0000001'], ['-1.6', '0.0000002', '1']);
    check({ minimum: 1e21 }, ['1000000000000000000000'], ['999999999999999999999']);
  });

  it('never leads into a dead end, and takes what lies between its bounds and nothing else', () => {
    const bound = fc.oneof(
      fc.integer({ min: -2_000, max: 2_000 }),
      fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 100),
    );
    fc.assert(
      fc.property(
        fc.tuple(bound, bound),
        fc.boolean(),
        fc.integer({ min: -3_000, max: 3_000 }),
        ([a, b], isInteger, probe) => {
          const bounds = { ...open, isInteger, minimum: Math.min(a, b), maximum: Math.max(a, b) };
          if (isEmptyRange(bounds)) return;
          const read = reading(jsonNumber(bounds));
          const isWithin = probe >= bounds.minimum && probe <= bounds.maximum;
          expect(read(String(probe)) === 'end').toBe(isWithin);
          for (let at = 1; at < String(probe).length; at++) {
            const text = String(probe).slice(0, at);
            const goesOn = [...'0123456789.'].some((digit) => read(text + digit) !== 'no');
            expect(read(text) !== 'open' || goesOn).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says where no number fits', () => {
    expect(isEmptyRange({ ...open, minimum: 2, maximum: 1 })).toBe(true);
    expect(isEmptyRange({ ...open, isInteger: true, minimum: 1.2, maximum: 1.8 })).toBe(true);
    expect(isEmptyRange({ ...open, minimum: 1.2, maximum: 1.8 })).toBe(false);
  });
});

it('free integers are whole and finite', () => {
  const read = reading(jsonNumber({ ...open, isInteger: true }));
  expect(['0', '-7', '123456789012345'].map(read)).toEqual(['end', 'end', 'end']);
  expect(['1.0', '1e3', '1234567890123456', '00'].map(read)).toEqual(['no', 'no', 'no', 'no']);
});
