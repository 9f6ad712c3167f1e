// The verdicts and the exit code of each: the one table.

export const EXIT_CODES = {
  PASS: 0,
  FAIL: 1,
  USAGE: 2,
  INCONCLUSIVE: 3,
  INVALID: 4,
  /** As shells have it for SIGINT: ended by a signal before there was anything to judge. */
  INTERRUPTED: 130,
} as const;

export type Verdict = Exclude<keyof typeof EXIT_CODES, 'USAGE' | 'INTERRUPTED'>;
