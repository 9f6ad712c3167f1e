import { expect, it } from 'vitest';
import { formatTimestamp, Timestamp } from './timestamp.ts';

it.each([
  [0, '1970-01-01T00:00:00.000000Z'],
  [1_700_000_000_123_456, '2023-11-14T22:13:20.123456Z'],
  [1_000_000_000_999_999.5, '2001-09-09T01:46:40.999999Z'],
  [1_700_000_001_000_000, '2023-11-14T22:13:21.000000Z'],
  [1_699_999_999_000_001, '2023-11-14T22:13:19.000001Z'],
])('formats %d microseconds', (micros, wanted) => {
  expect(formatTimestamp(micros)).toBe(wanted);
  expect(Timestamp.parse(wanted)).toBe(wanted);
});
