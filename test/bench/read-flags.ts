// A benchmark's flags, and how they end where there is nothing to run: help that was asked for, or a flag that is wrong and help.
import { parseArgs } from 'node:util';

export class HelpAsked extends Error {}

/** Null where nothing is to be run; what the user should know is written out, and a wrong flag is exit code 2. */
export function readFlags<T>(help: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof HelpAsked) {
      process.stdout.write(help);
      return null;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exitCode = 2;
    return null;
  }
}

export function wholeNumber(flag: string, given: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} takes whole numbers from 1`);
  return value;
}

/** By flag: what it is where it is not given, and what it means. Null: a text, and none. */
type FlagTable = Readonly<Record<string, readonly [fallback: number | null, meaning: string]>>;
type FlagValues<Table extends FlagTable> = {
  readonly [Flag in keyof Table]: Table[Flag][0] extends number ? number : string | null;
};

/** For a benchmark whose flags are numbers and words. Null where nothing is to be run, as `readFlags` has it. */
export function readFlagTable<const Table extends FlagTable>(
  what: string,
  table: Table,
  args: readonly string[],
): FlagValues<Table> | null {
  const entries = Object.entries(table);
  return readFlags(helpOf(what, entries), () => {
    const strings = Object.fromEntries(entries.map(([flag]) => [flag, { type: 'string' }] as const));
    const options = { ...strings, help: { type: 'boolean' } } as const;
    const values: Readonly<Record<string, unknown>> = parseArgs({ args: [...args], options }).values;
    if (values['help'] === true) throw new HelpAsked();
    const read = ([flag, [fallback]]: (typeof entries)[number]) => {
      const given = values[flag];
      if (typeof given !== 'string') return [flag, fallback] as const;
      return [flag, fallback === null ? given : wholeNumber(`--${flag}`, given)] as const;
    };
    return Object.fromEntries(entries.map(read)) as FlagValues<Table>;
  });
}

function helpOf(what: string, entries: [string, FlagTable[string]][]): string {
  const lines = entries.map(([flag, [fallback, meaning]]) => {
    const usage = `--${flag} <${fallback === null ? 'text' : 'n'}>`;
    return `  ${usage.padEnd(24)}${meaning}${fallback === null ? '' : ` (default ${fallback})`}\n`;
  });
  return `${what}\n\n${lines.join('')}  ${'--help'.padEnd(24)}this text\n`;
}
