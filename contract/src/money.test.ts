import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costPicoUsd, formatUsd, parseUsd } from './money.ts';

describe('money', () => {
  it.each([
    ['0', 0n],
    ['0.15', 150_000_000_000n],
    ['1.000000000001', 1_000_000_000_001n],
    ['-2.5', -2_500_000_000_000n],
  ])('reads %s exactly', (text, pico) => {
    expect(parseUsd(text)).toBe(pico);
    expect(formatUsd(pico)).toBe(text);
  });

  it.each(['', '1e-7', '.5', '1,5', '0.0000000000001', 'NaN'])('refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  });

  it('writes and reads every amount back unchanged', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        (pico) => parseUsd(formatUsd(pico)) === pico,
      ),
    );
  });

  it('multiplies tokens by a price per million without losing a digit', () => {
    expect(formatUsd(costPicoUsd(1_234_567, parseUsd('0.15')))).toBe('0.18518505');
    expect(formatUsd(costPicoUsd(1, parseUsd('0.0375')))).toBe('0.0000000375');
  });

  it('rounds half up to a whole pico-USD, once', () => {
    expect(costPicoUsd(1, 500_000n)).toBe(1n);
    expect(costPicoUsd(1, 499_999n)).toBe(0n);
  });
});
