import { describe, expect, it } from 'vitest';
import type { Role } from './credentials.ts';
import { createSqlGuard } from './sql-guard.ts';
import { readStatement } from './sql-statement.ts';

const names = {
  tableFunctions: new Set([
    'file',
    'url',
    's3',
    'remote',
    'numbers',
    'merge',
    'cluster',
    'loop',
    'aFutureOne',
  ]),
  engines: new Set(['File', 'URL', 'MergeTree', 'Kafka', 'Memory', 'Filesystem', 'Atomic', 'Buffer']),
};
const guard = createSqlGuard(names);
const guardWithBackups = createSqlGuard({ ...names, backupsPath: '/backups' });

interface CheckOptions {
  readonly role?: Role;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly check?: typeof guard;
}

function judge(sql: string, { role = 'owner', parameters = {}, check = guard }: CheckOptions = {}): string {
  try {
    check({
      statement: readStatement(Buffer.from(sql)),
      role,
      parameters: new Map(Object.entries(parameters)),
    });
    return 'allowed';
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : error}`;
  }
}

describe('the guard refuses', () => {
  it.each([
    "SELECT * FROM file('/etc/passwd')",
    "SELECT file('/etc/passwd')",
    "SELECT FILE /* x */ ('/etc/passwd')",
    "SELECT * FROM `file`('/etc/passwd')",
    String.raw`SELECT * FROM "f\x69le"('/etc/passwd')`,
    "SELECT 1 WHERE (SELECT count() FROM (SELECT * FROM -- c\n url('http://a')))",
    "WITH x AS (SELECT * FROM s3('a')) SELECT * FROM x",
    "INSERT INTO FUNCTION file('/tmp/x') SELECT 1",
    "INSERT INTO TABLE FUNCTION url('http://a') FORMAT CSV\n1",
    "DESCRIBE TABLE remote('h', 'd.t')",
    "EXPLAIN SELECT * FROM url('http://a')",
    'SELECT * FROM aFutureOne()',
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
    "SELECT 1 into\noutfile '/tmp/x'",
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    'SELECT * FROM default.`/etc/passwd`',
    'SELECT * FROM `default` . `/etc/passwd`',
    'SELECT * FROM "def\\x61ult".`/etc/passwd`',
    "SELECT * FROM merge('default', '.*')",
    'USE default',
    'CREATE TABLE t (a String) ENGINE = File(CSV)',
    'CREATE TABLE t (a String) ENGINE File(CSV)',
    'CREATE TABLE t (a String) engine=`File`(CSV)',
    "CREATE DATABASE d ENGINE = Filesystem('/')",
    "CREATE TABLE t (a String) ENGINE = Buffer('default', '/etc/passwd')",
    "CREATE TABLE t (a String DEFAULT file('/etc/passwd')) ENGINE = Memory",
    "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = 'x'",
    "ALTER TABLE t MODIFY SETTING storage_policy = 'x'",
    "ALTER TABLE t FETCH PARTITION 1 FROM '/x'",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(HTTP(URL 'http://a')) LAYOUT(FLAT())",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(FILE(PATH '/etc/passwd')) LAYOUT(FLAT())",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'sh')) LAYOUT(FLAT())",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(CLICKHOUSE(HOST 'h' TABLE 't')) LAYOUT(FLAT())",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(CLICKHOUSE(QUERY 'SELECT 1')) LAYOUT(FLAT())",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't')) LAYOUT(SSD_CACHE(PATH '/x'))",
    'CREATE FUNCTION f AS (x) -> x',
    'CREATE NAMED COLLECTION c AS a = 1',
    'CREATE USER u',
    "ATTACH TABLE t FROM '/x' (a Int8) ENGINE = MergeTree ORDER BY a",
    'SYSTEM SHUTDOWN',
    'SYSTEM FLUSH LOGS',
    "BACKUP TABLE t TO File('/tmp/x')",
    "RESTORE TABLE t FROM S3('http://a')",
    "SELECT 1 SETTINGS dialect = 'kusto'",
    "SELECT 1 SETTINGS additional_result_filter = 'file(1)'",
    "SELECT 1 SETTINGS format_schema = '/etc/passwd'",
    'CREATE TABLE t (a Int8) ENGINE = Memory PARALLEL WITH SYSTEM SHUTDOWN',
    'CREATE TABLE t ON CLUSTER c (a Int8) ENGINE = Memory',
    'SET max_threads = 1',
    'DETACH TABLE t',
    'GRANT ALL ON *.* TO u',
    'EXECUTE AS u SELECT 1',
  ])('%s', (sql) => {
    expect(judge(sql)).toMatch(/^refused: (?:Not allowed|Syntax error)/);
  });

  it('an Identifier parameter that leads to a file', () => {
    const sql = 'SELECT * FROM {db:Identifier}.{name:Identifier}';
    expect(judge(sql, { parameters: { db: 'default', name: 'a' } })).toMatch(/^refused/);
    expect(judge(sql, { parameters: { db: 'tollgate', name: '/etc/passwd' } })).toMatch(/^refused/);
    expect(judge(sql, { parameters: { db: 'tollgate', name: 'calls' } })).toBe('allowed');
  });

  it('a backup to anything but a file, even where backups are configured', () => {
    const check = guardWithBackups;
    expect(judge("BACKUP TABLE t TO File('a.zip')", { check })).toBe('allowed');
    expect(judge("RESTORE TABLE t FROM File('a.zip')", { check })).toBe('allowed');
    expect(judge("BACKUP TABLE t TO S3('http://a')", { check })).toMatch(/^refused/);
    expect(judge("BACKUP TABLE t TO Disk('d', 'a')", { check })).toMatch(/^refused/);
  });
});

describe('the guard allows', () => {
  it.each([
    "SELECT 'file(1) INTO OUTFILE' AS `url`, file FROM t -- url('x')",
    'SELECT engine FROM system.tables',
    'SELECT number FROM numbers(3)',
    'INSERT INTO t (default_value) VALUES (1)',
    'CREATE TABLE t (a Int8 DEFAULT 1) ENGINE = MergeTree ORDER BY a SETTINGS index_granularity = 1024',
    'CREATE MATERIALIZED VIEW v TO t AS SELECT 1',
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(CLICKHOUSE(DB 'tollgate' TABLE 't')) LAYOUT(FLAT())",
    'SYSTEM REFRESH VIEW v',
    'ALTER TABLE t UPDATE a = 1 WHERE 1',
    "SELECT {from:DateTime64(6, 'UTC')}",
    'SELECT toStartOfHour(at) AS dialect FROM t WHERE dialect = 1',
  ])('%s', (sql) => {
    expect(judge(sql)).toBe('allowed');
  });
});

describe('a reader', () => {
  it.each(['SELECT 1', 'WITH 1 AS a SELECT a', 'SHOW TABLES', 'DESCRIBE t', 'EXPLAIN SELECT 1'])(
    'may %s',
    (sql) => {
      expect(judge(sql, { role: 'reader' })).toBe('allowed');
    },
  );

  it.each([
    'INSERT INTO t VALUES (1)',
    'DROP TABLE t',
    'CREATE TABLE t (a Int8) ENGINE = Memory',
    'KILL QUERY WHERE 1',
  ])('may not %s', (sql) => {
    expect(judge(sql, { role: 'reader' })).toMatch(/^refused: .*readonly/);
  });
});
