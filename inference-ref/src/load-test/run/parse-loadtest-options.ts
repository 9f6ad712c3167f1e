// From the command line's raw options to values; all that is wrong is reported together, before any load is made.
import type { z } from 'zod';
import { contradictions } from './contradictions.ts';
import { fileProblems } from './file-problems.ts';
import { errUsage, LoadtestOptions } from './loadtest-options.ts';

/** Throws TG_LOADTEST_USAGE naming everything that is wrong, each with what to write instead. */
export function parseLoadtestOptions(raw: unknown): LoadtestOptions {
  const parsed = LoadtestOptions.safeParse(raw);
  const problems = parsed.success ? problemsOf(parsed.data) : allProblems(raw, parsed.error.issues);
  if (!parsed.success || problems.length > 0) {
    throw errUsage(problems.join('\n'), { hint: 'see npx tollgate loadtest --help' });
  }
  return parsed.data;
}

function problemsOf(options: LoadtestOptions): string[] {
  return [...contradictions(options), ...fileProblems(options)];
}

/** What is wrong with single options, and with the rest as if those had not been given. */
function allProblems(raw: unknown, issues: readonly z.core.$ZodIssue[]): string[] {
  const wrong = new Set(issues.map(({ path }) => String(path[0] ?? '')));
  const sound = Object.entries(typeof raw === 'object' && raw !== null ? raw : {}).filter(
    ([key]) => !wrong.has(key),
  );
  const rest = LoadtestOptions.safeParse({ url: 'http://127.0.0.1', ...Object.fromEntries(sound) });
  const flags = [...wrong].map(flagOf);
  const further = rest.success ? problemsOf(rest.data) : [];
  return [
    ...issues.map(({ path, message }) => `${flagOf(String(path[0] ?? ''))}: ${message}`),
    ...further.filter((problem) => !flags.some((flag) => problem.includes(flag))),
  ];
}

function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
