// Refuses statements that could touch files, the network or the server itself: `readonly` in the engine is no sandbox.
// It judges tokens, never text, so comments, quoting and spelling change nothing.
import { createClickHouseException } from './clickhouse-exception.ts';
import type { Role } from './credentials.ts';
import { isForbiddenSetting } from './setting-policy.ts';
import { readCreateProblem, readSourceProblem } from './sql-definition-guard.ts';
import type { SqlToken } from './sql-lexer.ts';
import { isSymbol, isWord, type SqlStatement } from './sql-statement.ts';
import {
  ALLOWED_TABLE_FUNCTIONS,
  FORBIDDEN_FUNCTIONS,
  OWNER_VERBS,
  READER_VERBS,
  SYSTEM_COMMANDS,
} from './sql-vocabulary.ts';

export interface SqlGuardOptions {
  /** Every name in `system.table_functions`. */
  readonly tableFunctions: ReadonlySet<string>;
  /** Every name in `system.table_engines` and `system.database_engines`. */
  readonly engines: ReadonlySet<string>;
  /** BACKUP and RESTORE may write to and read from files below it; without it they are refused. */
  readonly backupsPath?: string | undefined;
}

export interface GuardedRequest {
  readonly statement: SqlStatement;
  readonly role: Role;
  readonly parameters: ReadonlyMap<string, string>;
}

export type SqlGuard = (request: GuardedRequest) => void;

interface Scan {
  readonly tokens: readonly SqlToken[];
  readonly verb: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Returns the check. It throws ACCESS_DENIED (497) with the reason, or READONLY (164) for a reader's write. */
export function createSqlGuard(options: SqlGuardOptions): SqlGuard {
  const lower = (names: ReadonlySet<string>) => new Set([...names].map((name) => name.toLowerCase()));
  const tableFunctions = lower(options.tableFunctions);
  const engines = lower(options.engines);

  return ({ statement, role, parameters }) => {
    const { tokens, verb } = statement;
    if (role === 'reader' && !READER_VERBS.has(verb)) throw readOnly(verb);
    const scan: Scan = { tokens, verb, parameters };
    const problem =
      readVerbProblem(scan, options.backupsPath) ??
      readCreateProblem(tokens, verb, engines) ??
      firstProblem(scan, (index) => readFunctionProblem(scan, index, tableFunctions)) ??
      firstProblem(scan, (index) => readFileProblem(scan, index)) ??
      firstProblem(scan, (index) => readFileDatabaseProblem(scan, index)) ??
      firstProblem(scan, (index) => readSettingProblem(scan, index)) ??
      firstProblem(scan, (index) => readSourceProblem(tokens, index));
    if (problem !== undefined) throw denied(problem);
  };
}

function firstProblem(scan: Scan, read: (index: number) => string | undefined): string | undefined {
  for (let index = 0; index < scan.tokens.length; index += 1) {
    const problem = read(index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function readVerbProblem({ tokens, verb }: Scan, backupsPath: string | undefined): string | undefined {
  if (!OWNER_VERBS.has(verb)) return `${verb} statements are not available`;
  if (verb === 'SYSTEM') {
    const known = SYSTEM_COMMANDS.some((words) => words.every((word, at) => isWord(tokens[at + 1], word)));
    return known ? undefined : 'this SYSTEM command is not available';
  }
  if (verb !== 'BACKUP' && verb !== 'RESTORE') return undefined;
  if (backupsPath === undefined) return `${verb} needs a configured backup directory`;
  const direction = tokens.findIndex(
    (token, at) => isWord(token, verb === 'BACKUP' ? 'TO' : 'FROM') && isSymbol(tokens[at + 2], '('),
  );
  return isWord(tokens[direction + 1], 'FILE') ? undefined : `${verb} goes to File(…) alone`;
}

function readFunctionProblem(
  { tokens, verb }: Scan,
  index: number,
  tableFunctions: ReadonlySet<string>,
): string | undefined {
  const token = tokens[index];
  if (!isName(token) || !isSymbol(tokens[index + 1], '(')) return undefined;
  const name = token.text.toLowerCase();
  if ((verb === 'BACKUP' || verb === 'RESTORE') && name === 'file') return undefined;
  const forbidden =
    FORBIDDEN_FUNCTIONS.has(name) || (tableFunctions.has(name) && !ALLOWED_TABLE_FUNCTIONS.has(name));
  return forbidden ? `the function ${token.text} reaches outside the store` : undefined;
}

function readFileProblem({ tokens }: Scan, index: number): string | undefined {
  const token = tokens[index];
  const next = tokens[index + 1];
  if (isWord(token, 'INTO') && isWord(next, 'OUTFILE')) return 'INTO OUTFILE writes files';
  if (isWord(token, 'FROM') && isWord(next, 'INFILE')) return 'FROM INFILE reads files';
  if (isWord(token, 'PARALLEL') && isWord(next, 'WITH')) return 'PARALLEL WITH runs a second statement';
  if (isWord(token, 'ON') && isWord(next, 'CLUSTER')) return 'the embedded store has no cluster';
  if (isWord(token, 'TO') && isWord(next, 'DISK', 'VOLUME', 'SHARD'))
    return 'the embedded store has one disk';
  return undefined;
}

/** The engine's database `default` serves any file of the host as a table: default.`/etc/passwd`. */
function readFileDatabaseProblem({ tokens, verb, parameters }: Scan, index: number): string | undefined {
  const token = tokens[index];
  const next = tokens[index + 1];
  const reason = 'the database `default` is not available';
  if (isName(token) && token.text.toLowerCase() === 'default') {
    if (isSymbol(next, '.') || isWord(tokens[index - 1], 'DATABASE', 'USE', 'FROM', 'IN')) return reason;
  }
  if (isName(token) && ['merge', 'dictget', 'joinget'].includes(token.text.toLowerCase())) {
    const argument = isSymbol(next, '(') ? tokens[index + 2] : undefined;
    if (argument !== undefined && /^default(?:\.|$)/i.test(argument.text)) return reason;
  }
  if (isSymbol(token, '{') && isWord(tokens[index + 3], 'IDENTIFIER')) {
    if (verb === 'CREATE' || isSymbol(tokens[index + 5], '('))
      return 'an Identifier parameter names a table or column only';
    const value = parameters.get(next?.text ?? '') ?? '';
    if (
      !/^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(value) ||
      /^default(?:\.|$)/i.test(value)
    ) {
      return 'this value of an Identifier parameter is not available';
    }
  }
  return undefined;
}

function readSettingProblem({ tokens }: Scan, index: number): string | undefined {
  const token = tokens[index];
  if (!isName(token) || !isSymbol(tokens[index + 1], '=') || !isForbiddenSetting(token.text))
    return undefined;
  const inSettings = tokens.slice(0, index).some((earlier) => isWord(earlier, 'SETTINGS', 'SETTING'));
  return inSettings ? `the setting ${token.text} cannot be changed` : undefined;
}

function isName(token: SqlToken | undefined): token is SqlToken {
  return token?.kind === 'word' || token?.kind === 'quoted';
}

function denied(reason: string): Error {
  return createClickHouseException({
    code: 497,
    type: 'ACCESS_DENIED',
    message: `Not allowed here: ${reason}`,
  });
}

function readOnly(verb: string): Error {
  return createClickHouseException({
    code: 164,
    type: 'READONLY',
    message: `Cannot execute ${verb} in readonly mode: readers may SELECT, SHOW, DESCRIBE and EXPLAIN`,
  });
}
