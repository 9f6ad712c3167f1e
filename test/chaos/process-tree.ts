// Finds the processes below one that a test started, by what their command line names.
import { execFileSync } from 'node:child_process';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Pids below `root` whose command line contains `part`. Only what the test itself started can be found. */
export function descendants(root: number, part: string): number[] {
  const all: Process[] = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
      return match === null
        ? []
        : [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3] ?? '' }];
    });
  const below = (pid: number): Process[] =>
    all.filter((entry) => entry.parent === pid).flatMap((entry) => [entry, ...below(entry.pid)]);
  return below(root)
    .filter((entry) => entry.command.includes(part))
    .map((entry) => entry.pid);
}
