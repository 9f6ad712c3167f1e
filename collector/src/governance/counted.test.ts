import { expect, it } from 'vitest';
import { counted } from './counted.ts';

it.each([
  [0, '0 calls'],
  [1, '1 call'],
  [2, '2 calls'],
  [12_345, '12,345 calls'],
])('writes %d with its noun', (count, written) => expect(counted(count, 'call')).toBe(written));
