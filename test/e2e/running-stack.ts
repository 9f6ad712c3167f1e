// Starts the real thing, as a user does, in a data directory of its own on free ports, and stops it again.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { root } from '../steps.ts';

export interface RunningStack {
  readonly dashboard: string;
  readonly sidecar: string;
  readonly admin: string;
  readonly inference: string;
  readonly token: string;
  readonly dataDir: string;
  /** All that the processes printed. */
  readonly output: () => string;
  readonly process: ChildProcess;
  /** GET on the collector's query API; throws on anything but 200. */
  readonly query: <T>(path: string, params?: Record<string, string>) => Promise<T>;
  /** SIGTERM; resolves with the exit code and how long it took. */
  readonly stop: () => Promise<{ code: number | null; elapsedMs: number }>;
}

export interface StackOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Kept after stop, to start again on it. */
  readonly dataDir?: string;
  /** Through `npm start`, as the README says, instead of the command itself. */
  readonly throughNpm?: boolean;
}

const READY_LIMIT_MS = 60_000;
const ADMIN_TOKEN = 'test-admin-token-0123456789';

export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tollgate-e2e-'));
  const configFile = join(dataDir, 'tollgate.yaml');
  if (options.config !== undefined) writeFileSync(configFile, stringify(options.config));
  const [program, ...words] =
    options.throughNpm === true ? ['npm', 'start', '--'] : [process.execPath, 'bin/tollgate.mjs', 'up'];
  const child = spawn(program, [...words, ...(options.args ?? [])], {
    cwd: root,
    env: {
      ...process.env,
      TOLLGATE_DATA_DIR: dataDir,
      TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
      COLLECTOR_PORT: '0',
      SIDECAR_PORT: '0',
      SIDECAR_ADMIN_PORT: '0',
      INFERENCE_PORT: '0',
      LOG_LEVEL: 'info',
      ...(options.config === undefined ? {} : { TOLLGATE_CONFIG: configFile }),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  const line = await readyLine(child, () => printed);
  const address = (name: string): string => new RegExp(`${name} (http://[^\\s/]+)`).exec(line)?.[1] ?? '';
  const dashboard = address('dashboard');

  return {
    dashboard,
    sidecar: address('sidecar'),
    admin: address('metrics'),
    inference: address('inference'),
    token: ADMIN_TOKEN,
    dataDir,
    output: () => printed,
    process: child,
    query: async <T>(path: string, params: Record<string, string> = {}): Promise<T> => {
      const url = `${dashboard}/api/v1/${path}?${new URLSearchParams(params)}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    stop: async () => {
      const startedAt = performance.now();
      const code = await ended(child);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return { code, elapsedMs: performance.now() - startedAt };
    },
  };
}

async function readyLine(child: ChildProcess, printed: () => string): Promise<string> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const line = printed()
      .split('\n')
      .find((text) => text.startsWith('tollgate ready'));
    if (line !== undefined) return line;
    await delay(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the stack was not ready after ${READY_LIMIT_MS / 1000} s:\n${printed()}`);
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), 30_000);
    child.once('exit', (code) => {
      clearTimeout(kill);
      resolve(code);
    });
    child.kill('SIGTERM');
  });
}

/** A range that holds everything a test did: from an hour before to an hour after now. */
export function aroundNow(): { from: string; to: string } {
  const now = Date.now();
  return { from: new Date(now - 3_600_000).toISOString(), to: new Date(now + 3_600_000).toISOString() };
}

/** Asks again until `settled` says yes; throws with the last answer after `limitMs`, long enough for a busy machine. */
export async function eventually<T>(
  ask: () => Promise<T>,
  settled: (answer: T) => boolean,
  limitMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let answer = await ask();
  while (!settled(answer)) {
    if (performance.now() > deadline)
      throw new Error(`not settled after ${limitMs} ms: ${JSON.stringify(answer).slice(0, 2_000)}`);
    await delay(50);
    answer = await ask();
  }
  return answer;
}
