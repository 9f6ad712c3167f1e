import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

describe('toCsv', () => {
  const check = (value: string | number | bigint, cell: string) =>
    it(`writes ${JSON.stringify(String(value))} as ${cell}`, () =>
      expect(toCsv([[value]])).toBe(`\uFEFF${cell}\r\n`));
  check('search', 'search');
  check('a,b', '"a,b"');
  check('say "hi"', '"say ""hi"""');
  check('=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`);
  check('@cmd', "'@cmd");
  check('-12.5', '-12.5');
  check(12n, '12');
});
