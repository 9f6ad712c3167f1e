// The reference server under abuse: clients that leave, huge and malformed bodies, a worker that dies. Every
// request gets an answer or a clear error, nothing leaks, and service comes back.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { loadInferenceConfig } from '@tollgate/inference-ref/inference-config';
import { type RunningInference, startInference } from '@tollgate/inference-ref/start-inference';
import { createLogger } from '@tollgate/service-kit/logger';
import { Agent, setGlobalDispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';

setGlobalDispatcher(new Agent({ connections: 512 }));

const headers = { 'content-type': 'application/json' };
const ask = (fields: object) =>
  JSON.stringify({
    prompt: `The whale ${randomBytes(4).toString('hex')}`,
    max_tokens: 60,
    ignore_eos: true,
    ...fields,
  });

let server: InferenceProcess;
beforeAll(async () => {
  server = await startInferenceProcess({ INFERENCE_MAX_QUEUE: '40', INFERENCE_MAX_BATCH: '8' });
});
afterAll(async () => expect(await server.stop()).toBe(0));

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name}{`) || each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

async function settles(check: () => Promise<boolean>, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  while (!(await check())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not settled within ${withinMs} ms`);
    await delay(20);
  }
  return performance.now() - startedAt;
}

const isIdle = async () =>
  (await metric('vllm:num_requests_running')) === 0 &&
  (await metric('vllm:num_requests_waiting')) === 0 &&
  (await metric('llm_requests_in_progress')) === 0;

async function complete(
  body: string,
): Promise<{ status: number; body: Record<string, unknown>; retryAfter: string | null }> {
  const answer = await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    retryAfter: answer.headers.get('retry-after'),
  };
}

describe('clients that leave', () => {
  it('frees the slots of half of the streams and finishes the other half', async () => {
    const streams = Array.from({ length: 40 }, async (_, index) => {
      const controller = new AbortController();
      const body = ask({ stream: true, max_tokens: 400 });
      const answer = await fetch(`${server.url}/v1/completions`, {
        method: 'POST',
        headers,
        body,
        signal: controller.signal,
      });
      let text = '';
      try {
        for await (const chunk of answer.body ?? []) {
          text += Buffer.from(chunk).toString();
          if (index % 2 === 0 && text.length > 500) controller.abort();
        }
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      }
      return { left: controller.signal.aborted, finished: text.includes('data: [DONE]') };
    });
    const ended = await Promise.all(streams);
    expect(ended.filter(({ left }) => left).length).toBe(20);
    expect(ended.filter(({ left, finished }) => !left && finished).length).toBe(20);
    await settles(isIdle, 2_000);
  });

  it('takes back the place in the queue of one who leaves before the first token', async () => {
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const asked = controllers.map(async ({ signal }) => {
      const body = ask({ stream: true, max_tokens: 900 });
      return await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body, signal }).catch(
        () => null,
      );
    });
    await settles(async () => (await metric('vllm:num_requests_waiting')) > 10, 5_000);
    for (const controller of controllers) controller.abort();
    await Promise.all(asked);
    expect(await settles(isIdle, 20_000)).toBeLessThan(20_000);
  });
});

describe('bad requests', () => {
  it('refuses a prompt of 2 MB at once and stays quick for others', async () => {
    const huge = JSON.stringify({ prompt: 'whale '.repeat(350_000), max_tokens: 5 });
    expect(huge.length).toBeGreaterThan(2_000_000);
    const startedAt = performance.now();
    const [big, small] = await Promise.all([complete(huge), complete(ask({ max_tokens: 3 }))]);
    expect(big).toMatchObject({ status: 400, body: { error: { code: 'context_length_exceeded' } } });
    expect(small.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('refuses a body beyond the limit with 413', async () => {
    const body = JSON.stringify({ prompt: 'x'.repeat(9 * 1024 ** 2) });
    const answer = await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['[]', 400],
    ['{"prompt":{}}', 400],
    ['{"prompt":"a","max_tokens":-1}', 400],
    ['{"prompt":"a","max_tokens":1e99}', 400],
    ['{"prompt":[99999999]}', 400],
    ['{"prompt":"a","stop":[""]}', 400],
    ['{"prompt":"a","logit_bias":{"x":1}}', 400],
    ['{"prompt":"a","n":0}', 400],
    [`{"prompt":"a","x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`, 400],
    [`{"prompt":${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}}`, 400],
  ])('answers %.60j with an error in OpenAI’s shape', async (body, status) => {
    const answer = await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      error: { message: expect.any(String), type: expect.any(String) },
    });
  });

  it('answers unknown paths and methods', async () => {
    expect((await fetch(`${server.url}/v1/nothing`)).status).toBe(404);
    const wrongMethod = await fetch(`${server.url}/v1/completions`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
    const wrongType = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect((await fetch(`${server.url}/v1/completions`, wrongType)).status).toBe(415);
  });
});

describe('memory', () => {
  it('is back to where it was after rounds of load', async () => {
    const load = async () => {
      await Promise.all(Array.from({ length: 40 }, async () => await complete(ask({ max_tokens: 200 }))));
      await settles(isIdle, 5_000);
      return await metric('process_resident_memory_bytes');
    };
    await load();
    const before = await load();
    let after = before;
    for (let round = 0; round < 4; round++) after = await load();
    expect(after).toBeLessThan(before * 1.25);
    expect(await metric('tollgate_inference_kv_slab_tokens')).toBeLessThanOrEqual(8 * 1024);
  }, 120_000);
});

describe('a thread that dies', () => {
  let service: RunningInference;
  beforeAll(async () => {
    const { inference } = loadInferenceConfig({ INFERENCE_PORT: '0' });
    service = await startInference({
      settings: inference,
      log: createLogger({ name: 'test', level: 'silent' }),
    });
  });
  afterAll(async () => await service.stop());

  /** Asks until an answer comes; every other reply on the way must be a clear error. */
  async function servesAgain(): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const answer = await post(service.url, '/v1/completions', { prompt: 'The whale', max_tokens: 2 });
      if (answer.status === 200) return performance.now() - startedAt;
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({ error: { type: 'server_error', message: expect.any(String) } });
    }
  }

  it('engine: ends streams and whole answers with an error, and serves again with empty slots', async () => {
    const { engine } = await service.registry.acquire(undefined);
    const fields = { prompt: 'The whale', max_tokens: 900, ignore_eos: true };
    const stream = await fetch(`${service.url}/v1/completions`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ ...fields, stream: true }) },
    });
    const whole = post(service.url, '/v1/completions', fields);
    await vi.waitFor(() => expect(engine.active).toBe(2), { interval: 1 });
    engine.kill();
    const streamed = await stream.text();
    expect(streamed).toContain('"type":"server_error"');
    expect(streamed).not.toContain('[DONE]');
    expect(await whole).toMatchObject({ status: 500, body: { error: { type: 'server_error' } } });
    const backAfterMs = await servesAgain();
    process.stdout.write(`engine: served again after ${Math.round(backAfterMs)} ms\n`);
    expect(engine).toMatchObject({ restarts: 1, active: 0 });
    expect(engine.gauges).toMatchObject({ running: 0, waiting: 0, kvTokens: 0 });
  });

  it('tokenizer: is started again', async () => {
    const { text } = await service.registry.acquire(undefined);
    // Near the longest text that is taken, and many of them: some wait for the thread when it dies.
    const prompt = 'whale '.repeat(10_000);
    const asked = Array.from({ length: 20 }, () => post(service.url, '/tokenize', { prompt }));
    await delay(20);
    await text.kill();
    for (const { status } of await Promise.all(asked)) expect([200, 500]).toContain(status);
    const backAfterMs = await servesAgain();
    process.stdout.write(`tokenizer: served again after ${Math.round(backAfterMs)} ms\n`);
  });
});

async function post(url: string, path: string, fields: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(fields) });
  return { status: answer.status, body: await answer.json() };
}
