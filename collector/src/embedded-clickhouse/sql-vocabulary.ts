// What SQL may name in the embedded store. Lists of what is allowed, so that a function or engine that a later
// ClickHouse brings is refused until somebody has looked at it.

/** Table functions that read nothing but tables and their arguments. */
export const ALLOWED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'dictionary',
  'format',
  'generate_series',
  'generaterandom',
  'generateseries',
  'input',
  'merge',
  'mergetreeindex',
  'mergetreeprojection',
  'mergetreetextindex',
  'null',
  'numbers',
  'numbers_mt',
  'primes',
  'sqlstandardvalues',
  'values',
  'view',
  'viewexplain',
  'viewifpermitted',
  'zeros',
  'zeros_mt',
]);

/** Scalar and helper functions that open files, ask the network, or tell about the host. */
export const FORBIDDEN_FUNCTIONS: ReadonlySet<string> = new Set([
  'addresstoline',
  'addresstolinewithinlines',
  'addresstosymbol',
  'aiclassify',
  'aiembed',
  'aiextract',
  'aigenerate',
  'aitranslate',
  'catboostevaluate',
  'disk',
  'file',
  'hascolumnintable',
  'named_collection',
  'reversednsquery',
  'showcertificate',
  'ssd_cache',
  'complex_key_ssd_cache',
  'python',
]);

export const ALLOWED_ENGINES: ReadonlySet<string> = new Set([
  'aggregatingmergetree',
  'atomic',
  'coalescingmergetree',
  'collapsingmergetree',
  'dictionary',
  'generaterandom',
  'graphitemergetree',
  'join',
  'log',
  'materializedview',
  'memory',
  'mergetree',
  'null',
  'replacingmergetree',
  'set',
  'stripelog',
  'summingmergetree',
  'tinylog',
  'versionedcollapsingmergetree',
  'view',
]);

export const OWNER_VERBS: ReadonlySet<string> = new Set([
  'SELECT',
  'WITH',
  'FROM',
  'VALUES',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'EXISTS',
  'CHECK',
  'INSERT',
  'CREATE',
  'ALTER',
  'DROP',
  'UNDROP',
  'TRUNCATE',
  'RENAME',
  'EXCHANGE',
  'OPTIMIZE',
  'DELETE',
  'UPDATE',
  'KILL',
  'SYSTEM',
  'BACKUP',
  'RESTORE',
]);

export const READER_VERBS: ReadonlySet<string> = new Set([
  'SELECT',
  'WITH',
  'FROM',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'EXISTS',
]);

/** What may follow CREATE (after OR REPLACE, TEMPORARY and MATERIALIZED). */
export const CREATABLE: ReadonlySet<string> = new Set(['TABLE', 'VIEW', 'DICTIONARY', 'DATABASE', 'INDEX']);

/** The only SYSTEM commands: they touch the store's own tables and nothing else. */
export const SYSTEM_COMMANDS: readonly (readonly string[])[] = [
  ['REFRESH', 'VIEW'],
  ['WAIT', 'VIEW'],
  ['CANCEL', 'VIEW'],
  ['RELOAD', 'DICTIONARY'],
  ['RELOAD', 'DICTIONARIES'],
];
