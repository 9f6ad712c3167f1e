// Converts numbers between float32 and the 16-bit forms that checkpoints and graphs use. Tables make it a few
// nanoseconds a number, because Node 20 has no Float16Array.

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/** Per sign and exponent of a float32: the bits that stand before the mantissa, and how far the mantissa shifts. */
const base = new Uint16Array(512);
const shift = new Uint8Array(512);
for (let index = 0; index < 512; index++) {
  const sign = (index & 256) << 7;
  const exponent = (index & 255) - 127;
  if (exponent < -25) [base[index], shift[index]] = [sign, 31];
  else if (exponent < -14) [base[index], shift[index]] = [sign, -exponent - 1];
  else if (exponent <= 15) [base[index], shift[index]] = [sign | ((exponent + 14) << 10), 13];
  else [base[index], shift[index]] = [sign | 0x7c00, 31];
}

/** Rounds to nearest, ties to even; beyond 65504 becomes infinity. */
export function toFloat16Bits(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = halfOf(source[i] as number);
  return out;
}

function halfOf(word: number): number {
  const row = word >>> 23;
  if ((row & 255) === 255) return ((word >>> 16) & 0x8000) | 0x7c00 | ((word & 0x7fffff) === 0 ? 0 : 0x200);
  const drop = shift[row] as number;
  if (drop === 31) return base[row] as number;
  const mantissa = (word & 0x7fffff) | 0x800000;
  const kept = mantissa >>> drop;
  const rest = mantissa & ((1 << drop) - 1);
  const middle = 1 << (drop - 1);
  // The implicit leading bit of `kept` carries into the exponent, so a rounded-up mantissa does too.
  return (base[row] as number) + kept + (rest > middle || (rest === middle && (kept & 1) === 1) ? 1 : 0);
}

export function fromFloat16Bits(values: Uint16Array): Float32Array {
  return Float32Array.from(values, singleOf);
}

function singleOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

export function fromBfloat16Bits(values: Uint16Array): Float32Array {
  return Float32Array.from(values, (half) => {
    bits[0] = half << 16;
    return single[0] as number;
  });
}
