// What a person sees while the stack runs: a few lines that renew themselves on a terminal, plain lines elsewhere.
import type { ProcessStatus } from '@tollgate/service-kit/supervised-process';

export interface LiveStatusRow {
  readonly name: string;
  readonly url: string;
  readonly status: ProcessStatus;
}

export interface LiveStatus {
  /** Draws the rows anew (terminal), or says in one line what changed (elsewhere). */
  readonly show: (rows: readonly LiveStatusRow[]) => void;
  /** Prints a line that stays. */
  readonly say: (line: string) => void;
}

export interface LiveStatusOptions {
  readonly output: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly footer: () => string;
}

const MARKS: Readonly<Record<ProcessStatus['state'], string>> = {
  idle: '·',
  starting: '◌',
  ready: '●',
  waiting: '↻',
  stopping: '◌',
  stopped: '○',
};

export function createLiveStatus({ output, footer }: LiveStatusOptions): LiveStatus {
  return output.isTTY === true ? createTerminalStatus(output, footer) : createPlainStatus(output);
}

function describe({ name, url, status }: LiveStatusRow): string {
  const restarts = status.restarts === 0 ? '' : `  ${status.restarts} restart(s), last: ${status.lastExit}`;
  return `${MARKS[status.state]} ${name.padEnd(14)} ${status.state.padEnd(9)} ${url}${restarts}`;
}

function createTerminalStatus(output: LiveStatusOptions['output'], footer: () => string): LiveStatus {
  let drawnLines = 0;
  const erase = (): string => (drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[0J`);
  return {
    show: (rows) => {
      const lines = [...rows.map(describe), footer()];
      output.write(`${erase()}${lines.join('\n')}\n`);
      drawnLines = lines.length;
    },
    say: (line) => {
      output.write(`${erase()}${line}\n`);
      drawnLines = 0;
    },
  };
}

function createPlainStatus(output: LiveStatusOptions['output']): LiveStatus {
  const shown = new Map<string, string>();
  return {
    show: (rows) => {
      for (const row of rows) {
        const line = `tollgate ${row.name} ${row.status.state}${row.status.state === 'waiting' ? ` after ${row.status.lastExit}` : ''}`;
        if (shown.get(row.name) === line) continue;
        shown.set(row.name, line);
        output.write(`${line}\n`);
      }
    },
    say: (line) => output.write(`${line}\n`),
  };
}
