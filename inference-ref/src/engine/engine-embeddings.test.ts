import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterEach, expect, it, vi } from 'vitest';
import { createEngineClient, type EngineClient } from './engine-client.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './engine-messages.ts';
import { createStuckThreads } from './stuck-threads.ts';

const MAX_QUEUE = 2;
const opened: EngineClient[] = [];
afterEach(async () => {
  for (const client of opened.splice(0)) await client.stop();
});

/** An engine whose thread answers when the test says so. */
function bench() {
  const asked: Extract<ToEngine, { type: 'embed' }>[] = [];
  const open = new Set<number>();
  let mostOpen = 0;
  const thread = Object.assign(new EventEmitter(), {
    postMessage(message: ToEngine) {
      if (message.type === 'stop') queueMicrotask(() => thread.emit('exit', 0));
      if (message.type !== 'embed') return;
      asked.push(message);
      open.add(message.id);
      mostOpen = Math.max(mostOpen, open.size);
    },
  });
  const client = createEngineClient({
    // The near side reads no more of it.
    data: { scheduler: 'continuous', limits: { maxBatch: 8, maxQueue: MAX_QUEUE } } as EngineWorkerData,
    log: createLogger({ name: 'test', level: 'silent' }),
    onRound: () => undefined,
    stall: {
      stallMs: 0,
      loadStallMs: 0,
      stuckThreads: createStuckThreads({ allowed: 0, onChange: () => undefined }),
      onHung: () => undefined,
    },
    onReplaced: () => undefined,
    startThread: () => thread as unknown as Worker,
  });
  opened.push(client);
  const say = (message: FromEngine) => thread.emit('message', message);
  /** Answers the text that was asked for at that place, once it was. */
  const answer = async (place: number, failure?: string) => {
    const { id, tokens } = await vi.waitUntil(() => asked[place], { interval: 1 });
    open.delete(id);
    if (failure === undefined) say({ type: 'embedding', id, vector: Float32Array.from(tokens) });
    else say({ type: 'embedding_failed', id, message: failure });
  };
  const left = new AbortController();
  const embed = async (...tokens: readonly number[]) =>
    await client.embed(
      tokens.map((token) => Int32Array.of(token)),
      left.signal,
    );
  return { asked, mostOpen: () => mostOpen, answer, embed, left };
}

it('embeds more texts of one request than requests may wait, one after the other', async () => {
  const { mostOpen, answer, embed } = bench();
  const tokens = Array.from({ length: 10 * MAX_QUEUE }, (_, index) => index);
  const vectors = embed(...tokens);
  for (const place of tokens) await answer(place);
  expect(await vectors).toEqual(tokens.map((token) => Float32Array.of(token)));
  expect(mostOpen()).toBe(1);
});

it('refuses a request that would be one more than may wait', async () => {
  const { answer, embed } = bench();
  const taken = Promise.all(Array.from({ length: 1 + MAX_QUEUE }, async (_, index) => await embed(index)));
  await expect(embed(9)).rejects.toMatchObject({ code: 'TG_ENGINE_BUSY', statusCode: 429 });
  for (let place = 0; place <= MAX_QUEUE; place++) await answer(place);
  await taken;
  const late = embed(9);
  await answer(1 + MAX_QUEUE);
  expect(await late).toEqual([Float32Array.of(9)]);
});

it('fails the request whose text cannot be embedded, and no other', async () => {
  const { answer, embed } = bench();
  const [broken, whole] = [embed(1), embed(2)];
  const failed = expect(broken).rejects.toMatchObject({
    code: 'TG_EMBEDDING_FAILED',
    statusCode: 500,
    message: 'out of memory',
  });
  await answer(0, 'out of memory');
  await answer(1);
  await failed;
  expect(await whole).toEqual([Float32Array.of(2)]);
});

it('begins no further text where nobody waits for it', async () => {
  const { asked, answer, embed, left } = bench();
  const vectors = embed(1, 2, 3);
  left.abort(new Error('the client left'));
  await answer(0);
  await expect(vectors).rejects.toThrow('the client left');
  expect(asked).toHaveLength(1);
});
