import { AuditHead } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { isUnauthorized } from './api-failure.ts';

const HEAD = { records: 3, head_seq: 2, head_hash: 'a'.repeat(64) };

function clientAnswering(status: number, body: string) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const client = createApiClient({
    fetch: async (url, init) => {
      asked.push({ url: String(url), init });
      return new Response(body, { status });
    },
  });
  return { client, asked };
}

describe('createApiClient', () => {
  it('asks with the given parameters, leaves out missing ones, and parses by the contract', async () => {
    const { client, asked } = clientAnswering(200, JSON.stringify(HEAD));
    const answer = await client.get({
      path: 'audit/head',
      schema: AuditHead,
      parameters: { from: '2026-01-01T00:00:00Z', team: '', model: undefined, limit: 5 },
    });
    expect(answer).toEqual(HEAD);
    expect(asked[0]?.url).toBe('/api/v1/audit/head?from=2026-01-01T00%3A00%3A00Z&team=&limit=5');
    expect(asked[0]?.init?.credentials).toBe('same-origin');
  });

  it('passes on the message and the hint of a refusal', async () => {
    const body = { error: { code: 'range_too_long', message: 'Too long.', hint: 'Ask for less.' } };
    const { client } = clientAnswering(400, JSON.stringify(body));
    await expect(client.get({ path: 'x', schema: AuditHead })).rejects.toMatchObject({
      code: 'range_too_long',
      statusCode: 400,
      message: 'Too long.',
      hint: 'Ask for less.',
    });
  });

  it('recognises that the session is over', async () => {
    const { client } = clientAnswering(401, 'nope');
    const failure = await client.get({ path: 'x', schema: AuditHead }).catch((error: unknown) => error);
    expect(isUnauthorized(failure)).toBe(true);
  });

  it('says so when an answer has an unknown shape instead of showing half of it', async () => {
    const { client } = clientAnswering(200, JSON.stringify({ ...HEAD, head_hash: 'short' }));
    await expect(client.get({ path: 'x', schema: AuditHead })).rejects.toMatchObject({
      code: 'unexpected_answer',
    });
  });

  it('gives up on a collector that hangs, before its answer or in the middle of it', async () => {
    const hang = (signal: AbortSignal | null | undefined) =>
      new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const silent = createApiClient({ fetch: (_url, init) => hang(init?.signal), timeoutMs: 1 });
    await expect(silent.get({ path: 'x', schema: AuditHead })).rejects.toMatchObject({
      code: 'collector_timeout',
    });
    const halting = createApiClient({
      fetch: async (_url, init) =>
        Object.assign(new Response('{'), { text: () => hang(init?.signal) }) as Response,
      timeoutMs: 1,
    });
    await expect(halting.get({ path: 'x', schema: AuditHead })).rejects.toMatchObject({
      code: 'collector_timeout',
    });
  });

  it('tells an unreachable collector from a request that was given up', async () => {
    const failing = (error: Error) => createApiClient({ fetch: () => Promise.reject(error) });
    await expect(failing(new TypeError('fetch failed')).login('t')).rejects.toMatchObject({
      code: 'collector_unreachable',
    });
    await expect(failing(new DOMException('gone', 'AbortError')).login('t')).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
