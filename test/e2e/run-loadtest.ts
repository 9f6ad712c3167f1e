// Runs `tollgate loadtest` as a user does and gives back its exit code, its words and its JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadTestRun } from '@tollgate/contract';
import { root } from '../steps.ts';

export interface LoadtestResult {
  readonly code: number | null;
  readonly output: string;
  /** Null when the run ended before its report. */
  readonly report: LoadTestRun | null;
  /** One object a call, as `--raw` writes it. */
  readonly calls: readonly RawCall[];
  readonly html: string;
}

interface RawCall {
  readonly scheduledMs: number;
  readonly sentMs: number;
  readonly eventMs: readonly number[];
  readonly eventTokens: readonly number[];
  readonly outputTokens: number;
  readonly error: unknown;
  /** Milliseconds by phase, as the server told them. */
  readonly serverTiming: Readonly<Record<string, number>> | null;
  readonly closedMs: number;
  readonly truth?: {
    readonly receivedMs: number;
    readonly firstWrittenMs: number;
    readonly lastWrittenMs: number;
  };
}

export interface RunLoadtestOptions {
  readonly args: readonly string[];
  /** Gets the process while it runs, to disturb it. */
  readonly whileRunning?: (child: ChildProcess) => () => void;
}

export async function runLoadtest({ args, whileRunning }: RunLoadtestOptions): Promise<LoadtestResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-loadtest-'));
  const file = (name: string): string => join(folder, name);
  const outputs = ['--json', file('out.json'), '--raw', file('out.jsonl'), '--html', file('out.html')];
  const child = spawn(process.execPath, ['bin/tollgate.mjs', 'loadtest', ...args, ...outputs], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const undo = whileRunning?.(child);
  try {
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const json = read(file('out.json'));
    return {
      code,
      output,
      report: json === '' ? null : LoadTestRun.parse(JSON.parse(json)),
      calls: read(file('out.jsonl'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as RawCall),
      html: read(file('out.html')),
    };
  } finally {
    undo?.();
    rmSync(folder, { recursive: true });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
