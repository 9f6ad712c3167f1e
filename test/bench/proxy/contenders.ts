// Starts what is compared, each in a process of its own on the proxy's core; upstream, sink and load share the other.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const sidecarMain = fileURLToPath(new URL('../../../sidecar/src/main.ts', import.meta.url));
const PROXY_CORE = '0';
export const OTHER_CORES = '1';

export interface Started {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Sends a message, `ask` unless told otherwise, and resolves with the answer. */
  readonly ask: (message?: object | string) => Promise<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
}

const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
export const pinning = pinned ? 'pinned to one core each side' : 'not pinned: taskset is missing';

/** The load comes from this process, all threads of it: it must not take the proxy's core. */
export function pinSelf(core: string): void {
  if (pinned) spawnSync('taskset', ['-a', '-p', '-c', core, String(process.pid)]);
}

interface Launch {
  readonly name: string;
  readonly core: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

export async function launch({
  name,
  core,
  script,
  args = [],
  env = {},
  nodeArgs = [],
}: Launch): Promise<Started> {
  const node = [process.execPath, ...nodeArgs, '--import', 'tsx', script, ...args];
  const [command = '', ...rest] = pinned ? ['taskset', '-c', core, ...node] : node;
  const child = spawn(command, rest, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const ready = await nextMessage(child, name);
  const port = 'port' in ready ? Number(ready['port']) : portOf(ready);
  return {
    name,
    port,
    pid: child.pid ?? 0,
    ask: (message = 'ask') => {
      child.send(message);
      return nextMessage(child, name);
    },
    stop: () => stopChild(child),
  };
}

export const startUpstream = (): Promise<Started> =>
  launch({ name: 'upstream', core: OTHER_CORES, script: join(here, 'upstream-main.ts') });
export const startSink = (): Promise<Started> =>
  launch({ name: 'sink', core: OTHER_CORES, script: join(here, 'sink-main.ts') });
export const startPipe = (upstreamPort: number): Promise<Started> =>
  launch({
    name: 'node:http pipe',
    core: PROXY_CORE,
    script: join(here, 'pipe-main.ts'),
    args: [String(upstreamPort)],
  });
export const startFastifyHttpProxy = (upstreamPort: number): Promise<Started> =>
  launch({
    name: '@fastify/http-proxy',
    core: PROXY_CORE,
    script: join(here, 'fastify-http-proxy-main.ts'),
    args: [String(upstreamPort)],
  });

export interface SidecarStart {
  readonly upstreamPort: number;
  readonly sinkPort: number;
  /** Such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
}

export async function startSidecar({
  upstreamPort,
  sinkPort,
  nodeArgs = [],
}: SidecarStart): Promise<Started> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const started = await launch({
    name: 'Tollgate, recording',
    core: PROXY_CORE,
    script: sidecarMain,
    nodeArgs,
    env: {
      TOLLGATE_CONFIG: '',
      TOLLGATE_DATA_DIR: dataDir,
      TOLLGATE_COLLECTOR_URL: `http://127.0.0.1:${sinkPort}`,
      SIDECAR_PORT: '0',
      SIDECAR_ADMIN_PORT: '0',
      SIDECAR_UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}`,
      SIDECAR_UPSTREAM_PROVIDER: 'openai',
    },
  });
  return {
    ...started,
    stop: async () => {
      await started.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Null where nginx is not installed. */
export async function startNginx(upstreamPort: number): Promise<Started | null> {
  if (spawnSync('nginx', ['-v']).status !== 0) return null;
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-nginx-'));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const config = join(directory, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/f;
  uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  upstream origin { server 127.0.0.1:${upstreamPort}; keepalive 256; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000000;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}`,
  );
  const node = ['nginx', '-c', config, '-e', `${directory}/error.log`];
  const [command = '', ...rest] = pinned ? ['taskset', '-c', PROXY_CORE, ...node] : node;
  const child = spawn(command, rest, { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    name: 'nginx',
    port,
    pid: child.pid ?? 0,
    ask: async () => ({}),
    stop: async () => {
      await stopChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function nextMessage(child: ChildProcess, name: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null): void => reject(new Error(`${name} ended with code ${code}`));
    child.once('exit', exited);
    child.once('message', (message) => {
      child.off('exit', exited);
      resolve(message as Record<string, unknown>);
    });
  });
}

function portOf(ready: Record<string, unknown>): number {
  const addresses = ready['ready'] as Record<string, string>;
  return Number(new URL(addresses['url'] ?? '').port);
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
