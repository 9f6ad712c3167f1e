// Files that options name, looked at before any load is made: an hour's run must not end with a report that can't be written.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LoadtestOptions } from './loadtest-options.ts';

export function fileProblems(options: LoadtestOptions): string[] {
  const { trace } = options;
  const read = [
    ['--api-key-file', options.apiKeyFile],
    ['--ca', options.ca],
    ['--trace', trace === 'ledger' ? undefined : trace],
    ['--prompts', options.prompts],
    ['--tokenizer', options.tokenizer],
    ['--objectives-file', options.objectivesFile],
    ['--baseline', options.baseline],
  ] as const;
  const written = [
    ['--json', options.json],
    ['--html', options.html],
    ['--junit', options.junit],
    ['--markdown', options.markdown],
    ['--csv', options.csv],
    ['--raw', options.raw],
  ] as const;
  return [
    ...read.flatMap(([flag, path]) =>
      path === undefined || mayRead(path) ? [] : [`${flag}: cannot read ${path}`],
    ),
    ...written.flatMap(([flag, path]) =>
      path === undefined || mayWrite(path) ? [] : [`${flag}: cannot write ${path}: is there such a folder?`],
    ),
  ];
}

function mayRead(path: string): boolean {
  return isAllowed(path, constants.R_OK) && statSync(path).isFile();
}

/** The file itself where it exists, else its folder. */
function mayWrite(path: string): boolean {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known !== undefined) return !known.isDirectory() && isAllowed(path, constants.W_OK);
  return isAllowed(dirname(path), constants.W_OK);
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
