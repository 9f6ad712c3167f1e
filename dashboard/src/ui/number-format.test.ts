import { describe, expect, it } from 'vitest';
import {
  changeRatio,
  formatBytes,
  formatChange,
  formatCompact,
  formatDuration,
  formatDurationAxis,
  formatShare,
} from './number-format.ts';

function table<Input>(format: (value: Input) => string, cases: [Input, string][]) {
  for (const [value, shown] of cases) {
    it(`writes ${String(value)} as ${shown}`, () => expect(format(value)).toBe(shown));
  }
}

describe('formatCompact', () =>
  table(formatCompact, [
    [0, '0'],
    [9999, '9,999'],
    [12_345, '12.3k'],
    [999_960, '1M'],
    [4_560_000, '4.56M'],
    [1_200_000_000, '1.2B'],
  ]));

describe('formatShare', () =>
  table(formatShare, [
    [0, '0 %'],
    [0.0002, '<0.1 %'],
    [0.1234, '12.3 %'],
    [0.5, '50 %'],
    [1, '100 %'],
    [23.75, '2,375 %'],
  ]));

describe('formatDuration', () =>
  table(formatDuration, [
    [0, '0 ms'],
    [0.004, '<0.01 ms'],
    [0.42, '0.42 ms'],
    [85.4, '85 ms'],
    [999.7, '1.00 s'],
    [1240, '1.24 s'],
    [61_000, '1 min 01 s'],
    [3_725_000, '1 h 02 min'],
  ]));

describe('formatDurationAxis', () =>
  table(formatDurationAxis, [
    [0, '0'],
    [0.25, '0.25 ms'],
    [60_000, '60 s'],
    [180_000, '3 min'],
  ]));

describe('formatBytes', () =>
  table(formatBytes, [
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [85_899_345_920, '80.0 GiB'],
  ]));

describe('formatChange', () => {
  table(formatChange, [
    [0.12, '+12 %'],
    [-0.034, '−3.4 %'],
    [0, '±0 %'],
    [13, '×14'],
    [274_140_702, '>×1,000'],
  ]);

  it('has nothing to compare with when the period before was empty', () => {
    expect(changeRatio(5n, 0n)).toBeNull();
    expect(changeRatio(15n, 10n)).toBe(0.5);
  });
});
