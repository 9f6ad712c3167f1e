// `npx tollgate sidecar` as a user starts it, in a data directory of its own on free ports.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { root } from '../steps.ts';

export interface RunningSidecar {
  readonly url: string;
  readonly adminUrl: string;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** All that it printed. */
  readonly output: () => string;
  readonly metrics: () => Promise<string>;
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
}

export interface RunningSidecarOptions {
  readonly collectorUrl: string;
  readonly upstreamUrl: string;
  readonly args?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Kept after stop, to start again on it. */
  readonly dataDir?: string;
}

const READY_LIMIT_MS = 60_000;

export async function startSidecarProcess(options: RunningSidecarOptions): Promise<RunningSidecar> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tollgate-sidecar-'));
  const configFile = join(dataDir, 'tollgate.yaml');
  writeFileSync(configFile, stringify(options.config ?? { sidecar: { gpu: { enabled: false } } }));
  const child = spawn(process.execPath, ['bin/tollgate.mjs', 'sidecar', ...(options.args ?? [])], {
    cwd: root,
    env: {
      ...process.env,
      TOLLGATE_CONFIG: configFile,
      TOLLGATE_DATA_DIR: dataDir,
      TOLLGATE_COLLECTOR_URL: options.collectorUrl,
      TOLLGATE_INGEST_TOKEN: 'test-ingest-token',
      SIDECAR_PORT: '0',
      SIDECAR_ADMIN_PORT: '0',
      SIDECAR_UPSTREAM_URL: options.upstreamUrl,
      SIDECAR_UPSTREAM_PROVIDER: 'openai',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  const { url, adminUrl } = await readyAddresses(child, () => printed);
  return {
    url,
    adminUrl,
    process: child,
    dataDir,
    output: () => printed,
    metrics: async () => await (await fetch(`${adminUrl}/metrics`)).text(),
    stop: async () => {
      const code = await ended(child);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

async function readyAddresses(
  child: ChildProcess,
  printed: () => string,
): Promise<{ url: string; adminUrl: string }> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    for (const line of printed().split('\n')) {
      if (line.includes('"adminUrl"')) return JSON.parse(line) as { url: string; adminUrl: string };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the sidecar was not ready after ${READY_LIMIT_MS / 1000} s:\n${printed()}`);
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
