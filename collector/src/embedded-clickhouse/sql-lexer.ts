// Cuts SQL into tokens by ClickHouse's lexical rules, lazily and by byte offsets. It must agree with the engine on where
// a comment, a string and a quoted name end: the guard stands on that.
import { createClickHouseException } from './clickhouse-exception.ts';

export type SqlTokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** The word as written, the unescaped content of a quoted name or string, or the symbol. */
  readonly text: string;
  /** Byte offsets into the input: start inclusive, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const WHITESPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const WORD_REST = /[A-Za-z0-9_$]+/y;
// As wide as any number the engine accepts, so that a dot or a letter after digits never starts a token of its own.
const NUMBER =
  /(?:0[xX][0-9a-fA-F_.]+(?:[pP][+-]?[0-9_]+)?|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?)/y;
const LINE_COMMENT = /(?:--|\/\/|#[ !])[^\n]*/y;
const HEREDOC_TAG = /\$[A-Za-z0-9_]*\$/y;
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  r: '\r',
  n: '\n',
  t: '\t',
  '0': '\0',
  a: '\x07',
  v: '\v',
};

/** Yields the significant tokens. Throws SYNTAX_ERROR (62) where a string or comment never ends or a byte belongs nowhere. */
export function* tokenizeSql(sql: Buffer): Generator<SqlToken, void, undefined> {
  // One char a byte: offsets stay byte offsets, and every character that matters is ASCII.
  const source = sql.toString('latin1');
  let position = 0;
  while (position < source.length) {
    const skipped = skipBlank(source, position);
    if (skipped > position) {
      position = skipped;
      continue;
    }
    const token = readToken(source, position);
    position = token.end;
    yield token;
  }
}

function skipBlank(source: string, position: number): number {
  const blank = matchAt(WHITESPACE, source, position) ?? matchAt(LINE_COMMENT, source, position);
  if (blank !== undefined) return position + blank.length;
  return source.startsWith('/*', position) ? skipBlockComment(source, position) : position;
}

/** Block comments nest. */
function skipBlockComment(source: string, start: number): number {
  let depth = 0;
  for (let position = start; position < source.length; ) {
    if (source.startsWith('/*', position)) {
      depth += 1;
      position += 2;
    } else if (source.startsWith('*/', position)) {
      depth -= 1;
      position += 2;
      if (depth === 0) return position;
    } else position += 1;
  }
  throw syntaxError('a multiline comment is not closed', start);
}

function readToken(source: string, start: number): SqlToken {
  const first = source.charAt(start);
  if (first === "'") return readQuoted(source, start, 'string');
  if (first === '"' || first === '`') return readQuoted(source, start, 'quoted');
  if (first === '$') {
    const heredoc = readHeredoc(source, start);
    if (heredoc !== undefined) return heredoc;
  }
  const word = matchAt(WORD, source, start);
  if (word !== undefined) return { kind: 'word', text: word, start, end: start + word.length };
  const number = matchAt(NUMBER, source, start);
  if (number !== undefined) return readNumber(source, start, start + number.length);
  if (first < '!' || first > '~') {
    throw syntaxError('a character outside ASCII must stand in quotes', start);
  }
  return { kind: 'symbol', text: first, start, end: start + 1 };
}

/** Digits that run on into letters are a name: `1_a`. */
function readNumber(source: string, start: number, numberEnd: number): SqlToken {
  const end = numberEnd + (matchAt(WORD_REST, source, numberEnd)?.length ?? 0);
  return { kind: end === numberEnd ? 'number' : 'word', text: source.slice(start, end), start, end };
}

function readQuoted(source: string, start: number, kind: 'string' | 'quoted'): SqlToken {
  const quote = source.charAt(start);
  let text = '';
  for (let position = start + 1; position < source.length; position += 1) {
    const character = source.charAt(position);
    if (character === '\\') {
      position += 1;
      const escaped = source.charAt(position);
      if (escaped === 'x') {
        text += String.fromCharCode(Number.parseInt(source.slice(position + 1, position + 3), 16) || 0);
        position += 2;
      } else text += ESCAPES[escaped] ?? escaped;
    } else if (character !== quote) text += character;
    else if (source.charAt(position + 1) === quote) {
      text += quote;
      position += 1;
    } else return { kind, text: decodeUtf8(text), start, end: position + 1 };
  }
  throw syntaxError('a quoted string is not closed', start);
}

function readHeredoc(source: string, start: number): SqlToken | undefined {
  const tag = matchAt(HEREDOC_TAG, source, start);
  if (tag === undefined) return undefined;
  const close = source.indexOf(tag, start + tag.length);
  if (close < 0) throw syntaxError('a heredoc is not closed', start);
  const text = decodeUtf8(source.slice(start + tag.length, close));
  return { kind: 'string', text, start, end: close + tag.length };
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0];
}

function decodeUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function syntaxError(message: string, position: number): Error {
  return createClickHouseException({
    code: 62,
    type: 'SYNTAX_ERROR',
    message: `Syntax error: ${message}: failed at position ${position + 1}`,
  });
}
