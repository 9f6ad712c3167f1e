import { describe, expect, it } from 'vitest';
import { createChunkJoiner } from './chunk-joiner.ts';

function join(format: string, ...chunks: readonly string[]): string | undefined {
  const joiner = createChunkJoiner(format);
  if (joiner === undefined) return undefined;
  return Buffer.concat(chunks.map((chunk) => joiner.next(Buffer.from(chunk, 'latin1')))).toString('latin1');
}

describe('createChunkJoiner', () => {
  it.each<[string, string[], string | undefined]>([
    ['JSONEachRow', ['{"a":1}\n', '{"a":2}\n'], '{"a":1}\n{"a":2}\n'],
    ['CSVWithNames', ['"a\n""b"\n1\n', '"a\n""b"\n2\n'], '"a\n""b"\n1\n2\n'],
    ['CSVWithNamesAndTypes', ['"a"\n"Int8"\n1\n', '"a"\n"Int8"\n2\n'], '"a"\n"Int8"\n1\n2\n'],
    ['TSVWithNames', ['a\n1\n', 'a\n2\n'], 'a\n1\n2\n'],
    [
      'JSONCompactEachRowWithNamesAndTypes',
      ['["a"]\n["Int8"]\n[1]\n', '["a"]\n["Int8"]\n[2]\n'],
      '["a"]\n["Int8"]\n[1]\n[2]\n',
    ],
    ['RowBinaryWithNames', ['\x01\x02ab\x07', '\x01\x02ab\x08'], '\x01\x02ab\x07\x08'],
    [
      'RowBinaryWithNamesAndTypes',
      ['\x01\x01a\x04Int8\x07', '\x01\x01a\x04Int8\x08'],
      '\x01\x01a\x04Int8\x07\x08',
    ],
    ['JSON', ['{}', '{}'], undefined],
    ['Parquet', ['PAR1', 'PAR1'], undefined],
  ])('joins chunks of %s', (format, chunks, expected) => {
    expect(join(format, ...chunks)).toBe(expected);
  });
});
