// Exact money: decimal strings at the edges, BigInt pico-USD (1e-12 USD) inside. Never a floating-point number.

export const PICO_USD_PER_USD = 1_000_000_000_000n;
const FRACTION_DIGITS = 12;
const DECIMAL = /^(-?)(\d{1,26})(?:\.(\d{1,12}))?$/;

/** Reads a decimal string such as `"0.15"` into pico-USD. Throws a RangeError on anything that is not a plain decimal with at most 12 fraction digits. */
export function parseUsd(decimal: string): bigint {
  const match = DECIMAL.exec(decimal);
  if (match === null)
    throw new RangeError(`"${decimal}" is not a decimal amount of USD with at most 12 fraction digits`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const pico = BigInt(whole) * PICO_USD_PER_USD + BigInt(fraction.padEnd(FRACTION_DIGITS, '0'));
  return sign === '-' ? -pico : pico;
}

/** Writes pico-USD as the shortest exact decimal string: `150000n` becomes `"0.00000015"`, `0n` becomes `"0"`. */
export function formatUsd(picoUsd: bigint): string {
  const negative = picoUsd < 0n;
  const magnitude = negative ? -picoUsd : picoUsd;
  const whole = magnitude / PICO_USD_PER_USD;
  const fraction = (magnitude % PICO_USD_PER_USD)
    .toString()
    .padStart(FRACTION_DIGITS, '0')
    .replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * Cost in pico-USD of `quantity` units at `unitPricePicoUsd` for every `per` units (1,000,000 for token prices).
 * Rounded half up to a whole pico-USD, once, after the multiplication.
 */
export function costPicoUsd(quantity: number, unitPricePicoUsd: bigint, per = 1_000_000n): bigint {
  return (2n * BigInt(quantity) * unitPricePicoUsd + per) / (2n * per);
}
