// An engine whose thread hangs inside the runtime: its model file is a pipe that nobody writes to, so opening it does not
// return. The server says so, gives up after as many threads as may hang, and serves again once the calls return.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, cpSync, mkdtempSync, openSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadInferenceConfig } from '@tollgate/inference-ref/inference-config';
import { startInference } from '@tollgate/inference-ref/start-inference';
import { createLogger } from '@tollgate/service-kit/logger';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startInferenceProcess } from '../fakes/inference-process.ts';
import { root } from '../steps.ts';

const WITHIN = { timeout: 60_000, interval: 50 };

/** A copy of the bundled model whose graph can be turned into a pipe and back. */
function modelCopy() {
  const directory = join(mkdtempSync(join(tmpdir(), 'tollgate-hang-')), 'model');
  cpSync(join(root, 'inference-ref/bundled-model'), directory, { recursive: true });
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [graph, kept, pipe] = ['model.onnx', 'kept', 'pipe'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  return {
    directory,
    block() {
      renameSync(graph, kept);
      execFileSync('mkfifo', [graph]);
    },
    unblock() {
      renameSync(graph, pipe);
      renameSync(kept, graph);
    },
    /** Whoever hangs on the pipe reads its end. */
    release: () => closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)),
  };
}

it('does not start, and ends with a clear error, where loading its model hangs', async () => {
  const model = modelCopy();
  model.block();
  const settings = {
    INFERENCE_MODEL: model.directory,
    INFERENCE_LOAD_STALL_SECONDS: '1',
    LOG_LEVEL: 'error',
  };
  await expect(startInferenceProcess(settings)).rejects.toThrow(/TG_ENGINE_HUNG.*service\.start_failed/);
});

it('fails what waits, is not ready, asks to be restarted, and serves again when the calls return', async () => {
  const model = modelCopy();
  const { inference } = loadInferenceConfig({
    ...{ INFERENCE_PORT: '0', INFERENCE_MODEL: model.directory },
    ...{ INFERENCE_LOAD_STALL_SECONDS: '5', INFERENCE_STUCK_THREADS: '1' },
  });
  const log = createLogger({ name: 'test', level: 'silent' });
  const { url, registry, stop } = await startInference({ settings: inference, log });
  onTestFinished(stop);
  const status = async (path: string) => (await fetch(`${url}${path}`)).status;
  const metric = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')
        .at(-1),
    );
  };
  const ask = async () => {
    const body = JSON.stringify({ prompt: 'The whale', max_tokens: 2 });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1/completions`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  expect((await ask()).status).toBe(200);

  model.block();
  (await registry.acquire(undefined)).engine.kill();
  await vi.waitFor(async () => expect(await status('/healthz')).toBe(503), WITHIN);
  expect(await status('/readyz')).toBe(503);
  expect(await metric('tollgate_inference_engine_hangs_total{')).toBe(2);
  expect(await metric('tollgate_inference_stuck_threads ')).toBe(2);
  const refused = await ask();
  expect(refused.status).toBe(500);
  expect(refused.text).toContain('restart the server');

  model.unblock();
  model.release();
  await vi.waitFor(async () => expect((await ask()).status).toBe(200), WITHIN);
  await vi.waitFor(async () => expect(await status('/readyz')).toBe(200), WITHIN);
  expect(await status('/healthz')).toBe(200);
  expect(await metric('tollgate_inference_stuck_threads ')).toBe(0);
});
