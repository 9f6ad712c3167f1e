// The guard's rules for statements that define something: which things, with which engine, fed from which source.
import type { SqlToken } from './sql-lexer.ts';
import { isSymbol, isWord } from './sql-statement.ts';
import { ALLOWED_ENGINES, CREATABLE } from './sql-vocabulary.ts';

/** A reason to refuse the definition, if there is one. `engines` are the engine's names in lower case. */
export function readCreateProblem(
  tokens: readonly SqlToken[],
  verb: string,
  engines: ReadonlySet<string>,
): string | undefined {
  if (verb === 'CREATE') {
    const thing = tokens.find(
      (token, index) => index > 0 && !isWord(token, 'OR', 'REPLACE', 'TEMPORARY', 'MATERIALIZED'),
    );
    if (!CREATABLE.has(thing?.text.toUpperCase() ?? ''))
      return `CREATE ${thing?.text ?? ''} is not available`;
  }
  if (verb === 'DROP' && isWord(tokens[1], 'NAMED', 'USER', 'ROLE', 'QUOTA', 'ROW', 'SETTINGS', 'FUNCTION')) {
    return `DROP ${tokens[1]?.text ?? ''} is not available`;
  }
  if (verb === 'ALTER') {
    if (!isWord(tokens[1], 'TABLE')) return `ALTER ${tokens[1]?.text ?? ''} is not available`;
    if (tokens.some((token) => isWord(token, 'FETCH', 'EXPORT'))) return 'FETCH and EXPORT are not available';
  }
  return readEngineProblem(tokens, engines);
}

function readEngineProblem(tokens: readonly SqlToken[], engines: ReadonlySet<string>): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (!isWord(token, 'ENGINE')) continue;
    const named = isSymbol(tokens[index + 1], '=') ? tokens[index + 2] : tokens[index + 1];
    const name = named?.text.toLowerCase() ?? '';
    if (engines.has(name) && !ALLOWED_ENGINES.has(name))
      return `the engine ${named?.text ?? ''} is not available`;
    if (isSymbol(named, '{')) return 'an engine cannot be a parameter';
  }
  return undefined;
}

const SOURCE_KEYS = ['DB', 'DATABASE', 'TABLE', 'USER', 'PASSWORD'];

/** A dictionary may be fed from a table of this store and from nothing else. */
export function readSourceProblem(tokens: readonly SqlToken[], index: number): string | undefined {
  if (!isWord(tokens[index], 'SOURCE') || !isSymbol(tokens[index + 1], '(')) return undefined;
  if (isWord(tokens[index + 2], 'NULL')) return undefined;
  if (!isWord(tokens[index + 2], 'CLICKHOUSE')) return 'a dictionary is fed from a table of this store';
  for (let at = index + 4; at < tokens.length && !isSymbol(tokens[at], ')'); at += 2) {
    if (!isWord(tokens[at], ...SOURCE_KEYS)) return 'a dictionary source takes DB and TABLE alone';
    if (/^default(?:\.|$)/i.test(tokens[at + 1]?.text ?? ''))
      return 'the database `default` is not available';
  }
  return undefined;
}
