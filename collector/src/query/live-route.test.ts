import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createChangeFeed } from '../storage/change-feed.ts';
import { liveRoute } from './live-route.ts';

describe('GET /live', () => {
  let app: FastifyInstance | undefined;
  afterEach(async () => {
    await app?.close();
  });

  /** What comes over the stream until it holds the text. */
  async function readUntil(wanted: string, heartbeatMs?: number): Promise<string> {
    const changes = createChangeFeed();
    app = fastify();
    await app.register(liveRoute({ changes }, heartbeatMs === undefined ? {} : { heartbeatMs }));
    const response = await fetch(`${await app.listen({ port: 0 })}/live`);
    changes.bump();
    let received = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      received += decoder.decode(chunk, { stream: true });
      if (received.includes(wanted)) break;
    }
    return received;
  }

  it('tells the version of the ledger at once and after rows were stored', async () => {
    expect(await readUntil('data: {"version":1}\n\n')).toMatch(/^data: \{"version":0\}\n\n/);
  });

  it('sends its heartbeat as an event, which a page can see, and not as a change', async () => {
    const received = await readUntil('heartbeat', 1);
    expect(received).toContain('event: heartbeat\ndata: {}\n\n');
  });
});
