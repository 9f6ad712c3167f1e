// How a benchmark's flags end where there is nothing to run: help that was asked for, or a flag that is wrong and help.

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
