// Reads one statement out of a request: refuses a second one, and finds the parts that the server must know,
// above all where an INSERT ends and its inline data begins. It does not judge what the statement may touch.
import { createClickHouseException } from './clickhouse-exception.ts';
import { type SqlToken, tokenizeSql } from './sql-lexer.ts';
import { quoteString } from './sql-literal.ts';

export interface InsertData {
  /** The statement that reads the rows from a file instead. */
  readonly toSql: (path: string) => string;
  readonly format: string;
  /** Byte offset at which the data that came with the statement begins. */
  readonly dataStart: number;
}

export interface SqlStatement {
  /** The statement alone: no semicolon, and for an INSERT with data nothing of the data. */
  readonly text: string;
  readonly tokens: readonly SqlToken[];
  /** First word in upper case; `SELECT` for a statement that opens with a parenthesis. */
  readonly verb: string;
  /** The FORMAT written at the end, if any. */
  readonly format: string | undefined;
  /** Present when rows follow the statement in the request. */
  readonly insert: InsertData | undefined;
}

export function readStatement(sql: Buffer): SqlStatement {
  const tokens: SqlToken[] = [];
  let ended = false;
  for (const token of tokenizeSql(sql)) {
    if (token.kind === 'symbol' && token.text === ';') {
      if (tokens.length === 0) throw syntaxError('Empty query');
      ended = true;
      continue;
    }
    if (ended) throw syntaxError('Multi-statements are not allowed');
    tokens.push(token);
    const insert = readInsertData(sql, tokens);
    if (insert !== undefined) {
      return { text: sliceText(sql, tokens), tokens, verb: 'INSERT', format: insert.format, insert };
    }
  }
  const first = tokens[0];
  if (first === undefined) throw syntaxError('Empty query');
  return {
    text: sliceText(sql, tokens),
    tokens,
    verb: first.text === '(' ? 'SELECT' : first.text.toUpperCase(),
    format: findFormat(tokens),
    insert: undefined,
  };
}

export function isWord(token: SqlToken | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function isSymbol(token: SqlToken | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol;
}

/** Non-empty as soon as the tokens so far are `INSERT … FORMAT <name>` or `INSERT … VALUES` outside any parenthesis. */
function readInsertData(sql: Buffer, tokens: readonly SqlToken[]): InsertData | undefined {
  if (!isWord(tokens[0], 'INSERT')) return undefined;
  const last = tokens.at(-1);
  if (last === undefined || tokens.length < 3 || last.kind !== 'word') return undefined;
  const isValues = isWord(last, 'VALUES');
  const isFormat = isWord(tokens.at(-2), 'FORMAT') && tokens.length > 3;
  if ((!isValues && !isFormat) || nesting(tokens) !== 0 || isColumnOrTableName(tokens, isValues))
    return undefined;
  const format = isValues ? 'Values' : last.text;
  const head = tokens.slice(0, isValues ? -1 : -2);
  const toSql = fileReader(sql, head, format);
  return toSql === undefined ? undefined : { toSql, format, dataStart: last.end };
}

/** `INSERT INTO t …` gets `FROM INFILE`, `INSERT INTO t SELECT … FROM input(…)` gets `file(…)`; other SELECTs have no data. */
function fileReader(sql: Buffer, head: readonly SqlToken[], format: string): InsertData['toSql'] | undefined {
  const inputAt = head.findIndex((token, index) => isWord(token, 'INPUT') && isSymbol(head[index + 1], '('));
  if (inputAt >= 0) {
    const before = sliceText(sql, head.slice(0, inputAt));
    const after = sliceText(sql, head.slice(inputAt + 2));
    return (path) => `${before} file(${quoteString(path)}, ${quoteString(format)}, ${after}`;
  }
  if (head.some((token) => isWord(token, 'SELECT', 'WITH', 'INFILE'))) return undefined;
  const settingsAt = head.findIndex((token) => isWord(token, 'SETTINGS'));
  const target = sliceText(sql, settingsAt < 0 ? head : head.slice(0, settingsAt));
  const settings = settingsAt < 0 ? '' : sliceText(sql, head.slice(settingsAt));
  return (path) => `${target} FROM INFILE ${quoteString(path)} ${settings} FORMAT ${format}`;
}

/** `INSERT INTO values …`, `INSERT INTO db.values …`: the word names the table. */
function isColumnOrTableName(tokens: readonly SqlToken[], isValues: boolean): boolean {
  const before = tokens.at(isValues ? -2 : -3);
  return isSymbol(before, '.') || isWord(before, 'INTO') || (isWord(before, 'TABLE') && tokens.length <= 4);
}

function nesting(tokens: readonly SqlToken[]): number {
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(')) depth += 1;
    else if (isSymbol(token, ')')) depth -= 1;
  }
  return depth;
}

function findFormat(tokens: readonly SqlToken[]): string | undefined {
  for (let index = tokens.length - 2; index > 0; index -= 1) {
    const name = tokens[index + 1];
    if (isSymbol(tokens[index], ')')) return undefined;
    if (isWord(tokens[index], 'FORMAT') && name?.kind === 'word') return name.text;
  }
  return undefined;
}

function sliceText(sql: Buffer, tokens: readonly SqlToken[]): string {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? '' : sql.toString('utf8', first.start, last.end);
}

function syntaxError(message: string): Error {
  return createClickHouseException({ code: 62, type: 'SYNTAX_ERROR', message: `Syntax error (${message})` });
}
