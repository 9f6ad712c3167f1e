// The reference server as a process of its own, on a free port, as `npx tollgate infer` runs it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReadyMessage } from '@tollgate/service-kit/run-service';
import { root } from '../steps.ts';

export interface InferenceProcess {
  readonly url: string;
  readonly pid: number;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  log(): string;
}

export async function startInferenceProcess(
  settings: Readonly<Record<string, string>> = {},
): Promise<InferenceProcess> {
  const child = fork(join(root, 'inference-ref/src/main.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, INFERENCE_PORT: '0', LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  // Not 'exit': what it wrote last may still be on its way then.
  const exited = once(child, 'close');
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as ReadyMessage),
    exited.then(() => null),
  ]);
  if (ready === null) throw new Error(`the server did not start:\n${output}`);
  return {
    url: ready.ready['url'] ?? '',
    pid: child.pid ?? 0,
    log: () => output,
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}
