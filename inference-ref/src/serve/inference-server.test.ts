import { request as httpRequest } from 'node:http';
import { systemClock } from '@tollgate/service-kit/clock';
import { afterEach, describe, expect, it } from 'vitest';
import { createInferenceMetrics } from './inference-metrics.ts';
import { createInferenceServer } from './inference-server.ts';
import { createJobStore } from './job-store.ts';
import { errModelUnknown } from './openai-error.ts';
import type { ServeContext } from './serve-context.ts';

const MAX_BODY_BYTES = 1_000;
const servers: ReturnType<typeof createInferenceServer>[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((app) => app.close()))));

/** A server without any model. */
function serve(apiKey?: string) {
  const registry = {
    models: [],
    acquire: async () => {
      throw errModelUnknown('there is no such model');
    },
  };
  const context = {
    registry,
    metrics: createInferenceMetrics(),
    clock: systemClock,
  } as unknown as ServeContext;
  const jobs = createJobStore({ ttlMs: 1_000, maxJobs: 1, clock: systemClock });
  const scheduleLog = { add: () => undefined, of: () => [] } as never;
  const app = createInferenceServer({
    ...{ context, jobs, scheduleLog, maxBodyBytes: MAX_BODY_BYTES, apiKey, recorder: null },
  });
  servers.push(app);
  return app;
}

const messages = [{ role: 'user', content: 'Hi' }];

describe('errors', () => {
  it.each(['/v1/messages', '/v1/messages/count_tokens', '/v1/messages/none'])(
    'of %s are Anthropic’s and carry its request-id',
    async (url) => {
      for (const payload of [{}, { messages, max_tokens: 1 }]) {
        const answer = await serve().inject({ method: 'POST', url, payload });
        expect(answer.statusCode).toBeGreaterThanOrEqual(400);
        expect(answer.json()).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
        expect(answer.headers['request-id']).toBe(answer.headers['x-request-id']);
      }
    },
  );

  it('of other paths have no such header', async () => {
    const answer = await serve().inject({
      method: 'POST',
      url: '/v1/chat/completions',
      payload: { messages },
    });
    expect([answer.statusCode, answer.headers['request-id']]).toEqual([404, undefined]);
  });

  it.each([
    ['/v1/models/%E0%A4%A', { error: { type: 'invalid_request_error', code: null } }],
    ['/v1/messages/%E0%A4%A', { type: 'error', error: { type: 'invalid_request_error' } }],
  ])('%s, which no decoder can read, is answered in the API’s shape', async (url, body) => {
    const answer = await serve().inject({ method: 'GET', url });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject(body);
    expect(answer.headers['x-request-id']).toMatch(/-/);
  });
});

describe('with a key', () => {
  it('looks at it before the body’s size, so that a stranger learns nothing else', async () => {
    const payload = { messages, padding: 'x'.repeat(2 * MAX_BODY_BYTES) };
    const ask = async (key: string) =>
      await serve('secret').inject({
        ...{
          method: 'POST',
          url: '/v1/chat/completions',
          payload,
          headers: { authorization: `Bearer ${key}` },
        },
      });
    expect((await ask('wrong')).statusCode).toBe(401);
    expect((await ask('secret')).statusCode).toBe(413);
  });

  it('answers a stranger who is still sending', async () => {
    const url = await serve('secret').listen({ port: 0, host: '127.0.0.1' });
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': 1_000_000 };
      const sending = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', headers });
      sending.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.once('error', reject);
      for (let sent = 0; sent < 10; sent++) sending.write('x'.repeat(100_000));
      sending.end();
    });
    expect(status).toBe(401);
  });
});
