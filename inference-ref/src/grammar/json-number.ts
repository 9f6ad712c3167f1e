// JSON numbers (RFC 8259), free or within bounds. A number can end wherever it is whole; its length is limited, so that a
// model does not write digits for ever and what it writes stays finite.

import { type Term, type TerminalMachine, terminal } from './grammar-term.ts';

export interface NumberBounds {
  readonly isInteger: boolean;
  /** Inclusive, as decimal numbers; null is open. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly exclusiveMinimum: number | null;
  readonly exclusiveMaximum: number | null;
}

/** Digits of what JSON.stringify writes of any double. */
const anyNumberDigits = { whole: 21, fraction: 25, exponent: 3 };
/** With these every number is finite. */
const typedNumberDigits = { whole: 15, fraction: 15, exponent: 2 };
const integerDigits = { whole: 15, fraction: 0, exponent: 0 };

export const anyJsonNumber: Term = terminal(freeMachine(anyNumberDigits));

export function jsonNumber(bounds: NumberBounds): Term {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = bounds;
  const isFree = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].every((each) => each === null);
  if (isFree) return terminal(freeMachine(bounds.isInteger ? integerDigits : typedNumberDigits));
  return terminal(boundedMachine(bounds));
}

/** Whether any number fits. */
export function isEmptyRange(bounds: NumberBounds): boolean {
  const { low, high } = scaledBounds(bounds);
  return low !== null && high !== null && low > high;
}

interface Digits {
  readonly whole: number;
  readonly fraction: number;
  readonly exponent: number;
}

/** `sign`, `zero`, `point`, `e`, `eSign`, or a part with its digits so far: `whole3`. */
function freeMachine(digits: Digits): TerminalMachine<string> {
  const more = (part: keyof Digits, count: number) => (count < digits[part] ? `${part}${count + 1}` : null);
  return {
    start: '',
    mayStop: (state) => state === 'zero' || /\d$/.test(state),
    step(state, byte) {
      const character = String.fromCharCode(byte);
      const [, part = state, count = '0'] = /^(\D+)(\d+)$/.exec(state) ?? [];
      if (character >= '0' && character <= '9') {
        if (state === '' || state === 'sign') return character === '0' ? 'zero' : 'whole1';
        if (state === 'point') return more('fraction', 0);
        if (state === 'e' || state === 'eSign') return more('exponent', 0);
        return part === 'zero' ? null : more(part as keyof Digits, Number(count));
      }
      if (character === '-' && state === '') return 'sign';
      if (character === '.' && (part === 'zero' || part === 'whole'))
        return digits.fraction > 0 ? 'point' : null;
      if (character === 'e' || character === 'E')
        return ['zero', 'whole', 'fraction'].includes(part) && digits.exponent > 0 ? 'e' : null;
      return (character === '+' || character === '-') && state === 'e' ? 'eSign' : null;
    },
  };
}

const MIN_FRACTION_DIGITS = 6;

/** The text so far is the state: it must be the beginning of a number within the bounds. No exponents. */
function boundedMachine(bounds: NumberBounds): TerminalMachine<string> {
  const { low, high, scale } = scaledBounds(bounds);
  const longest = Math.max(...[low, high].map((bound) => (bound === null ? 15 + scale : digitsOf(bound))));
  const wholeDigits = Math.max(1, longest - scale);
  const fits = (from: bigint, to: bigint) => (low === null || to >= low) && (high === null || from <= high);
  const shape = new RegExp(
    `^-?(0|[1-9]\\d{0,${wholeDigits - 1}})?${scale > 0 ? `(\\.\\d{0,${scale}})?` : ''}$`,
  );
  return {
    start: '',
    mayStop: (text) => /\d$/.test(text) && fits(scaled(text, scale), scaled(text, scale)),
    step(text, byte) {
      const longer = text + String.fromCharCode(byte);
      if (!shape.test(longer) || longer.startsWith('-.') || longer.startsWith('.')) return null;
      return rangesOf(longer, scale, wholeDigits).some(([from, to]) => fits(from, to)) ? longer : null;
    },
  };
}

/** All numbers that begin with a text, as ranges of multiples of 10^−scale. */
function rangesOf(text: string, scale: number, wholeDigits: number): [bigint, bigint][] {
  const isNegative = text.startsWith('-');
  const unsigned = isNegative ? text.slice(1) : text;
  const [whole = '', fraction] = unsigned.split('.');
  const ranges: [bigint, bigint][] = [];
  const one = 10n ** BigInt(scale);
  if (fraction !== undefined) {
    const step = 10n ** BigInt(scale - fraction.length);
    const from = scaled(`${whole}.${fraction}`, scale);
    ranges.push([from, from + step - 1n]);
  } else if (whole === '') {
    ranges.push([0n, 10n ** BigInt(wholeDigits + scale) - 1n]);
  } else {
    const more = whole === '0' ? 0 : wholeDigits - whole.length;
    for (let digits = 0; digits <= more; digits++) {
      const from = BigInt(whole) * 10n ** BigInt(digits) * one;
      ranges.push([from, from + 10n ** BigInt(digits) * one - 1n]);
    }
  }
  if (!isNegative) return ranges;
  // Minus nought is left to nought.
  return ranges
    .map(([from, to]): [bigint, bigint] => [-to, from === 0n ? -1n : -from])
    .filter(([from, to]) => from <= to);
}

function scaledBounds(bounds: NumberBounds): { low: bigint | null; high: bigint | null; scale: number } {
  const { isInteger, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = bounds;
  const given = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((each) => each !== null);
  const scale = isInteger
    ? 0
    : Math.max(MIN_FRACTION_DIGITS, ...given.map((bound) => plain(bound).split('.')[1]?.length ?? 0));
  const lows = [
    ...(minimum === null ? [] : [roundedUp(minimum, scale)]),
    ...(exclusiveMinimum === null ? [] : [roundedDown(exclusiveMinimum, scale) + 1n]),
  ];
  const highs = [
    ...(maximum === null ? [] : [roundedDown(maximum, scale)]),
    ...(exclusiveMaximum === null ? [] : [roundedUp(exclusiveMaximum, scale) - 1n]),
  ];
  const largest = (all: readonly bigint[]) =>
    all.reduce<bigint | null>((a, b) => (a === null || b > a ? b : a), null);
  const smallest = (all: readonly bigint[]) =>
    all.reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null);
  return { low: largest(lows), high: smallest(highs), scale };
}

function roundedDown(value: number, scale: number): bigint {
  const text = plain(value);
  const exact = scaled(text, scale);
  return value < 0 && isCut(text, scale) ? exact - 1n : exact;
}

function roundedUp(value: number, scale: number): bigint {
  const text = plain(value);
  const exact = scaled(text, scale);
  return value > 0 && isCut(text, scale) ? exact + 1n : exact;
}

function isCut(text: string, scale: number): boolean {
  return /[1-9]/.test((text.split('.')[1] ?? '').slice(scale));
}

/** A decimal text times 10^scale, cut towards zero. */
function scaled(text: string, scale: number): bigint {
  const isNegative = text.startsWith('-');
  const [whole = '0', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
  const digits = BigInt(`${whole === '' ? '0' : whole}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  return isNegative ? -digits : digits;
}

/** Without an exponent. */
function plain(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - whole.length)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(exponent, '0')}`;
}

function digitsOf(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}
