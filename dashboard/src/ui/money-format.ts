// How exact money is written for people. Works on decimal strings and pico-USD; never rounds through a float.
import { PICO_USD_PER_USD, parseUsd } from '@tollgate/contract';

const FRACTION_DIGITS = 12;
const CENT = PICO_USD_PER_USD / 100n;
const SIGNIFICANT_DIGITS = 3;

/** Sums decimal strings exactly. */
export function sumUsd(amounts: Iterable<string>): bigint {
  let total = 0n;
  for (const amount of amounts) total += parseUsd(amount);
  return total;
}

/**
 * `$1,234.57`, `$0.0421`, `$0.00000123`. At least `minDigits` fraction digits (2 unless told); an amount that would
 * vanish at that precision keeps three significant digits, so that nothing but zero reads as zero.
 */
export function formatMoney(amount: string | bigint, minDigits = 2): string {
  const pico = typeof amount === 'bigint' ? amount : parseUsd(amount);
  return writePico(pico, Math.max(minDigits, significantDigits(pico)));
}

/** Every digit that is stored, for hover texts: `$0.000123456789`. */
export function formatMoneyExact(amount: string | bigint): string {
  const pico = typeof amount === 'bigint' ? amount : parseUsd(amount);
  const text = writePico(pico, FRACTION_DIGITS).replace(/0+$/, '');
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
}

/** Fraction digits (2 to 6) that suit a whole column: cents for large sums, more the smaller they are. */
export function columnDigits(amounts: Iterable<bigint>): number {
  let largest = 0n;
  let smallest: bigint | null = null;
  for (const amount of amounts) {
    const magnitude = amount < 0n ? -amount : amount;
    if (magnitude > largest) largest = magnitude;
    if (magnitude > 0n && (smallest === null || magnitude < smallest)) smallest = magnitude;
  }
  if (smallest === null || largest >= 100n * PICO_USD_PER_USD) return 2;
  if (largest >= PICO_USD_PER_USD) return smallest >= PICO_USD_PER_USD ? 2 : 4;
  return Math.min(6, significantDigits(smallest));
}

/** USD as a number for the geometry of a chart alone; never add these up. */
export function picoToChartNumber(pico: bigint): number {
  return Number(pico) / Number(PICO_USD_PER_USD);
}

/** Axis labels: `$0`, `$0.002`, `$1.2k`. */
export function formatMoneyAxis(usd: number): string {
  const magnitude = Math.abs(usd);
  if (magnitude === 0) return '$0';
  if (magnitude >= 1_000_000) return `$${trim(usd / 1_000_000)}M`;
  if (magnitude >= 1000) return `$${trim(usd / 1000)}k`;
  if (magnitude >= 1) return `$${trim(usd)}`;
  return `$${Number(usd.toPrecision(2))
    .toFixed(Math.min(12, 1 - Math.floor(Math.log10(magnitude))))
    .replace(/0+$/, '')}`;
}

function trim(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, '');
}

function significantDigits(pico: bigint): number {
  const magnitude = pico < 0n ? -pico : pico;
  if (magnitude === 0n || magnitude >= PICO_USD_PER_USD) return 2;
  const leadingZeros = FRACTION_DIGITS - magnitude.toString().length;
  const wanted = magnitude >= CENT ? 4 : Math.min(FRACTION_DIGITS, leadingZeros + SIGNIFICANT_DIGITS);
  const rounded = roundPico(magnitude, wanted).toString().padStart(FRACTION_DIGITS, '0');
  return Math.max(2, rounded.replace(/0+$/, '').length);
}

function roundPico(magnitude: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(FRACTION_DIGITS - digits);
  return ((magnitude + unit / 2n) / unit) * unit;
}

function writePico(pico: bigint, digits: number): string {
  const rounded = roundPico(pico < 0n ? -pico : pico, digits);
  const whole = (rounded / PICO_USD_PER_USD).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = (rounded % PICO_USD_PER_USD).toString().padStart(FRACTION_DIGITS, '0').slice(0, digits);
  return `${pico < 0n ? '−' : ''}$${whole}.${fraction}`;
}
