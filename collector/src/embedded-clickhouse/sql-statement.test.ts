import { describe, expect, it } from 'vitest';
import { readStatement } from './sql-statement.ts';

describe('readStatement', () => {
  it.each<[string, string, string]>([
    [
      'an insert with columns',
      'INSERT INTO t (a, b) FORMAT JSONEachRow\n{"a":1}',
      "INSERT INTO t (a, b) FROM INFILE '/f'  FORMAT JSONEachRow",
    ],
    [
      'an insert with settings',
      'INSERT INTO db.t SETTINGS max_threads = 1 FORMAT CSV 1,2',
      "INSERT INTO db.t FROM INFILE '/f' SETTINGS max_threads = 1 FORMAT CSV",
    ],
    ['values', "INSERT INTO t VALUES (1, 'a;b')", "INSERT INTO t FROM INFILE '/f'  FORMAT Values"],
    [
      'a table of that name',
      'INSERT INTO values VALUES (1)',
      "INSERT INTO values FROM INFILE '/f'  FORMAT Values",
    ],
    [
      'input()',
      "INSERT INTO t SELECT a + 1 FROM input('a UInt8') WHERE a > 1 FORMAT TSV\n1",
      "INSERT INTO t SELECT a + 1 FROM file('/f', 'TSV', 'a UInt8') WHERE a > 1",
    ],
  ])('moves the rows of %s into a file', (_what, sql, expected) => {
    expect(readStatement(Buffer.from(sql)).insert?.toSql('/f')).toBe(expected);
  });

  it('ends an insert at its format, so that nothing in the rows is read as SQL', () => {
    const sql = Buffer.from('INSERT INTO t FORMAT JSONEachRow\n{"id":1}\n\nDROP TABLE t');
    const { insert, tokens } = readStatement(sql);
    expect(sql.toString('utf8', insert?.dataStart)).toBe('\n{"id":1}\n\nDROP TABLE t');
    expect(tokens.map(({ text }) => text)).not.toContain('DROP');
  });

  it('leaves an insert from a select alone', () => {
    const statement = readStatement(Buffer.from('INSERT INTO t SELECT 1 FORMAT Null'));
    expect(statement).toMatchObject({ insert: undefined, verb: 'INSERT' });
  });

  it('finds the format at the end and takes the semicolons off', () => {
    expect(readStatement(Buffer.from(' SELECT 1 FORMAT CSV ;; -- x'))).toMatchObject({
      text: 'SELECT 1 FORMAT CSV',
      format: 'CSV',
      verb: 'SELECT',
    });
  });

  it.each([
    ['two statements', 'SELECT 1; SELECT 2', /Multi-statements/],
    ['two hidden by a comment', 'SELECT 1;/**/DROP TABLE t', /Multi-statements/],
    ['nothing', ' -- x', /Empty query/],
    ['nothing before a semicolon', ';SELECT 1', /Empty query/],
  ])('refuses %s', (_what, sql, message) => {
    expect(() => readStatement(Buffer.from(sql))).toThrow(message);
  });
});
