import { describe, expect, it } from 'vitest';
import { tokenizeSql } from './sql-lexer.ts';

function check(sql: string, expected: readonly string[]): void {
  const tokens = [...tokenizeSql(Buffer.from(sql))].map(({ kind, text }) => `${kind}:${text}`);
  expect(tokens).toEqual(expected);
}

describe('tokenizeSql', () => {
  it.each<[string, string, string[]]>([
    [
      'skips line comments of every kind',
      'a -- b\n c # d\n e #!f\n g // h',
      ['word:a', 'word:c', 'word:e', 'word:g'],
    ],
    ['nests block comments', 'a /* /* b */ c */ d', ['word:a', 'word:d']],
    ['sees no comment inside a string', "'/*' a '*/'", ['string:/*', 'word:a', 'string:*/']],
    ['sees no string inside a comment', "a /* ' */ b", ['word:a', 'word:b']],
    ['unescapes by backslash and by doubling', String.raw`'a\'b''c\x41'`, ["string:a'b'cA"]],
    ['unescapes names', String.raw`"f\x69le" ${'`a``b`'}`, ['quoted:file', 'quoted:a`b']],
    ['reads heredocs', '$$a;b$$ $t$ $$ $t$', ['string:a;b', 'string: $$ ']],
    ['keeps a dollar inside a word', 'a$b$ $c', ['word:a$b$', 'word:$c']],
    [
      'keeps digits and letters together',
      '1_a 0x1F 1e3 1.5',
      ['word:1_a', 'number:0x1F', 'number:1e3', 'number:1.5'],
    ],
    ['keeps text beyond ASCII in strings', "'é€'", ['string:é€']],
  ])('%s', (_behaviour, sql, expected) => check(sql, expected));

  it('gives byte offsets, also behind text beyond ASCII', () => {
    const sql = Buffer.from("'é' FORMAT");
    const [, word] = [...tokenizeSql(sql)];
    expect(sql.toString('utf8', word?.start, word?.end)).toBe('FORMAT');
  });

  it.each([
    ['an open string', "'a"],
    ['an open comment', '/* a'],
    ['an open heredoc', '$a$ b'],
    ['a stray byte', 'é'],
  ])('refuses %s', (_what, sql) => {
    expect(() => [...tokenizeSql(Buffer.from(sql))]).toThrow(/Syntax error/);
  });
});
