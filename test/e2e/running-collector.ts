// `npx tollgate collector` as a user starts it, on a port that stays its own, so that it can go away and come back.
import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../fakes/free-port.ts';
import { root } from '../steps.ts';
import { eventually } from './running-stack.ts';

const INGEST_TOKEN = 'test-ingest-token';
const ADMIN_TOKEN = 'test-admin-token-0123456789';
const READY_LIMIT_MS = 60_000;

export interface RunningCollector {
  readonly url: string;
  /** Starts it, again on the same data after a kill. Resolves once it is ready. */
  readonly start: () => Promise<void>;
  /** SIGTERM, or the signal given; resolves once it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** GET on the query API; throws on anything but 200. */
  readonly query: <T>(path: string, params?: Record<string, string>) => Promise<T>;
}

export async function createCollectorProcess(dataDir: string): Promise<RunningCollector> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  return {
    url,
    start: async () => {
      child = spawn(process.execPath, ['bin/tollgate.mjs', 'collector'], {
        cwd: root,
        env: {
          ...process.env,
          TOLLGATE_CONFIG: '',
          TOLLGATE_DATA_DIR: dataDir,
          COLLECTOR_PORT: String(port),
          TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
          TOLLGATE_INGEST_TOKEN: INGEST_TOKEN,
          LOG_LEVEL: 'warn',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await eventually(() => isReady(url), Boolean, READY_LIMIT_MS);
    },
    stop: async (signal = 'SIGTERM') => {
      const running = child;
      child = null;
      if (running === null || running.exitCode !== null) return;
      await new Promise<void>((resolve) => {
        running.once('exit', () => resolve());
        running.kill(signal);
      });
    },
    query: async <T>(path: string, params: Record<string, string> = {}): Promise<T> => {
      const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(params)}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
