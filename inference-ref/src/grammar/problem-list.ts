// Many problems in one message that can still be read: the first of them, and how many more there are.

const SHOWN_PROBLEMS = 10;
const SHOWN_CHARACTERS = 300;

export function problemList(problems: readonly string[]): string {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(shortened).join('; ');
  const more = problems.length - SHOWN_PROBLEMS;
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

/** Both ends are kept: where it is, and what it is. */
function shortened(problem: string): string {
  if (problem.length <= SHOWN_CHARACTERS) return problem;
  return `${problem.slice(0, SHOWN_CHARACTERS / 2)}…${problem.slice(-SHOWN_CHARACTERS / 2)}`;
}
