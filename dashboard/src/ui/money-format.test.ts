import { describe, expect, it } from 'vitest';
import { columnDigits, formatMoney, formatMoneyAxis, formatMoneyExact, sumUsd } from './money-format.ts';

describe('formatMoney', () => {
  const check = (amount: string, shown: string) =>
    it(`shows ${amount} as ${shown}`, () => expect(formatMoney(amount)).toBe(shown));
  check('0', '$0.00');
  check('1234567.891', '$1,234,567.89');
  check('1234.565', '$1,234.57');
  check('12.3', '$12.30');
  check('0.0421', '$0.0421');
  check('0.5', '$0.50');
  check('0.99996', '$1.00');
  check('0.00000123', '$0.00000123');
  check('0.000012345678', '$0.0000123');
  check('0.009999', '$0.01');
  check('0.000000000001', '$0.000000000001');
  check('-3.5', '−$3.50');

  it('never shows a positive amount as zero at a column precision', () => {
    expect(formatMoney('0.0000004', 4)).toBe('$0.0000004');
    expect(formatMoney('2', 4)).toBe('$2.0000');
  });

  it('keeps amounts exact that a float cannot hold', () => {
    expect(formatMoneyExact('90071992547409.930000000001')).toBe('$90,071,992,547,409.930000000001');
    expect(formatMoneyExact('12')).toBe('$12.00');
  });
});

describe('sumUsd', () => {
  it('adds tenths without the error of floating point', () => {
    expect(formatMoneyExact(sumUsd(Array.from({ length: 1000 }, () => '0.1')))).toBe('$100.00');
    expect(formatMoneyExact(sumUsd(['0.1', '0.2']))).toBe('$0.30');
  });
});

describe('columnDigits', () => {
  const check = (title: string, picoUsd: bigint[], digits: number) =>
    it(title, () => expect(columnDigits(picoUsd)).toBe(digits));
  check('is two for large sums, however small the smallest', [250_000_000_000_000n, 1n], 2);
  check('is two for dollars', [5_000_000_000_000n, 0n], 2);
  check('is four for dollars among cents', [5_000_000_000_000n, 123_000_000n], 4);
  check('is six at most for fractions of a cent', [5_000_000_000n, 1_234_567n], 6);
  check('is two for nothing', [], 2);
});

describe('formatMoneyAxis', () => {
  const check = (usd: number, shown: string) =>
    it(`labels ${usd} as ${shown}`, () => expect(formatMoneyAxis(usd)).toBe(shown));
  check(0, '$0');
  check(0.0002, '$0.0002');
  check(0.05, '$0.05');
  check(1.5, '$1.5');
  check(250, '$250');
  check(1200, '$1.2k');
  check(2_500_000, '$2.5M');
});
