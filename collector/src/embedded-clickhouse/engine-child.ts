// Starts one child process that serves the engine and tells how it went. It restarts nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { childMessage, type StartMessage, type StartOptions } from './child-messages.ts';

const errEngineStartFailed = defineError('TG_ENGINE_START_FAILED', 500);

/** More than the statements that may run at once: each holds a thread of the pool while it runs. */
const THREAD_POOL_SIZE = 16;

export interface EngineExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the system did not make the process at all; there is no exit then. */
  readonly refusal?: string;
}

export interface EngineChild {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly exited: Promise<EngineExit>;
  /** Ends the process at once; `exited` tells when it is gone. */
  readonly kill: () => void;
  /** SIGTERM, then SIGKILL after the limit. Resolves once the process is gone. */
  readonly stop: (limitMs: number) => Promise<void>;
}

/** Resolves when the child serves. Rejects with TG_ENGINE_START_FAILED once it is gone or took longer than the limit. */
export async function startEngineChild(options: StartOptions, startLimitMs: number): Promise<EngineChild> {
  const child = spawn(process.execPath, ['--import', tsxLoader(), mainFile()], {
    // Its own process group: a terminal's signals are the collector's to handle.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Nothing else of the collector's environment: it holds keys that the engine has no use for.
    env: { UV_THREADPOOL_SIZE: String(THREAD_POOL_SIZE), TZ: 'UTC' },
  });
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null, refusal: error.message });
    });
  });
  const message: StartMessage = { type: 'tollgate.start', options };
  // Without descriptors left there is no channel either.
  if (child.connected) child.send(message, () => undefined);
  try {
    const ready = await waitUntilReady(child, exited, startLimitMs);
    return {
      ...ready,
      pid: child.pid ?? 0,
      exited,
      kill: () => void child.kill('SIGKILL'),
      stop: (limitMs) => stopChild(child, exited, limitMs),
    };
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  }
}

interface Ready {
  readonly port: number;
  readonly version: string;
}

function waitUntilReady(child: ChildProcess, exited: Promise<EngineExit>, limitMs: number): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(
        errEngineStartFailed(`the embedded ClickHouse did not start: ${reason}`, {
          hint: 'check that no other collector uses the data directory, and the free disk space',
        }),
      );
    };
    const timer = setTimeout(() => fail(`no answer within ${limitMs} ms`), limitMs);
    child.on('message', (raw) => {
      const message = childMessage.parse(raw);
      if (message.type === 'tollgate.failed') return fail(message.reason);
      clearTimeout(timer);
      resolve({ port: message.port, version: message.version });
    });
    void exited.then(({ exitCode, signal, refusal }) =>
      fail(refusal ?? `the process ended (${signal ?? exitCode})`),
    );
  });
}

async function stopChild(child: ChildProcess, exited: Promise<EngineExit>, limitMs: number): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await exited;
  clearTimeout(timer);
}

function mainFile(): string {
  return fileURLToPath(new URL('./server-main.ts', import.meta.url));
}

function tsxLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
