import { describe, expect, it, vi } from 'vitest';
import { alone, COUNTS_TO_FOUR, counting, createLoopBench } from './generation-loop.fixture.ts';

describe('generation loop', () => {
  it('gives every request of a ragged batch the tokens it would get alone', async () => {
    const bench = createLoopBench();
    const prompts = [
      counting(3),
      counting(40),
      counting(17, 5),
      counting(1, 9),
      counting(25, 11),
      counting(8, 2),
    ];
    prompts.forEach((prompt, id) => void bench.submit(id, prompt, { maxTokens: 5 + id * 3 }));
    await bench.run();
    prompts.forEach((prompt, id) => void expect(bench.tokensOf(id)).toEqual(alone(prompt, 5 + id * 3)));
    expect(Math.max(...bench.records.map(({ decodeIds }) => decodeIds.length))).toBe(4);
  });

  it('lets a newcomer join while others decode, and never feeds more than a chunk of prompt a round', async () => {
    const bench = createLoopBench({ chunkTokens: 8 });
    bench.submit(1, counting(4), { maxTokens: 30 });
    await bench.run(3);
    bench.submit(2, counting(30, 3), { maxTokens: 4 });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(30, 3), 4));
    const busy = bench.records.filter(({ prefills }) => prefills.some(({ id }) => id === 2));
    expect(busy.length).toBe(4);
    for (const { prefills, decodeIds } of busy) {
      expect(prefills.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(8);
      expect(decodeIds).toContain(1);
    }
  });

  it('frees the row of a cancelled request before the next step', async () => {
    const bench = createLoopBench({ maxBatch: 1 });
    bench.submit(1, counting(4), { maxTokens: 100 });
    bench.submit(2, counting(5), { maxTokens: 3 });
    await bench.run(4);
    bench.loop.cancel(1);
    await bench.run(1);
    expect(bench.endOf(1)).toMatchObject({ reason: 'cancelled' });
    expect(bench.records.at(-1)?.decodeIds).toEqual([2]);
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(5), 3));
    expect(bench.loop.gauges).toMatchObject({ running: 0, waiting: 0, kvTokens: 0 });
  });

  it('forgets a request that is cancelled while it waits', async () => {
    const bench = createLoopBench({ maxBatch: 1 });
    bench.submit(1, counting(4), { maxTokens: 3 });
    bench.submit(2, counting(4), { maxTokens: 3 });
    await bench.run(1);
    bench.loop.cancel(2);
    expect(bench.endOf(2)).toMatchObject({ reason: 'cancelled' });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual([]);
  });

  it('admits by the token budget and preempts the least urgent, who loses no token', async () => {
    const bench = createLoopBench({ kvBudgetTokens: 60 });
    bench.submit(1, counting(20), { maxTokens: 25 }, { priority: -1 });
    bench.submit(2, counting(22, 1), { maxTokens: 25 });
    await bench.run();
    expect(bench.records.flatMap(({ preemptedIds }) => preemptedIds)).toContain(2);
    expect(bench.tokensOf(1)).toEqual(alone(counting(20), 25));
    expect(bench.tokensOf(2)).toEqual(alone(counting(22, 1), 25));
    expect(bench.endOf(2)).toMatchObject({ preemptions: expect.any(Number) });
  });

  it('ends a request that is cancelled in the round that preempts it', async () => {
    const bench = createLoopBench({ kvBudgetTokens: 40 });
    for (const id of [1, 2]) bench.submit(id, counting(10, id), { maxTokens: 60 });
    await bench.run(1);
    const isFull = () => bench.loop.gauges.kvTokens + 2 > 40;
    while (!isFull()) await bench.run(1);
    const round = bench.loop.iterate();
    bench.loop.cancel(2);
    await round;
    expect(bench.records.at(-1)?.preemptedIds).toEqual([2]);
    await bench.run();
    expect(bench.endOf(2)).toMatchObject({ reason: 'cancelled' });
    expect(bench.tokensOf(2).length).toBeLessThan(60);
    expect(bench.tokensOf(1)).toEqual(alone(counting(10, 1), 60));
  });

  it('charges a preempted request that is cancelled while it waits for no more than it got', async () => {
    const bench = createLoopBench({ kvBudgetTokens: 40 });
    const charge = vi.spyOn(bench.queue, 'charge');
    for (const id of [1, 2]) bench.submit(id, counting(10, id), { maxTokens: 60 });
    while (bench.loop.gauges.waiting !== 1 || bench.tokensOf(2).length === 0) await bench.run(1);
    bench.loop.cancel(2);
    expect(bench.endOf(2)).toMatchObject({ reason: 'cancelled', preemptions: 1 });
    await bench.run();
    const charged = charge.mock.calls.reduce((sum, [, tokens]) => sum + tokens, 0);
    expect(charged).toBe(10 + 60 + 10 + bench.tokensOf(2).length);
  });

  it('finds shared beginnings in the prefix cache and says how many tokens it did not compute', async () => {
    const bench = createLoopBench({ maxBatch: 1 });
    bench.submit(1, [...counting(12), 1, 2], { maxTokens: 2 });
    bench.submit(2, [...counting(12), 3, 4, 5], { maxTokens: 2 });
    await bench.run();
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: 'admitted', id: 1, cachedTokens: 0 }),
    );
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: 'admitted', id: 2, cachedTokens: 12 }),
    );
    expect(bench.tokensOf(2)).toEqual(alone([...counting(12), 3, 4, 5], 2));
  });

  it('serves one at a time when sequential', async () => {
    const bench = createLoopBench({ scheduler: 'sequential' });
    for (const id of [1, 2, 3]) bench.submit(id, counting(4, id), { maxTokens: 4 });
    await bench.run();
    expect(Math.max(...bench.records.map(({ decodeIds }) => decodeIds.length))).toBe(1);
    for (const id of [1, 2, 3]) expect(bench.tokensOf(id)).toEqual(alone(counting(4, id), 4));
  });

  it('fills a window when dynamic: waits for company, then takes nobody until the batch has ended', async () => {
    const bench = createLoopBench({ scheduler: 'dynamic', maxBatch: 2 });
    bench.submit(1, counting(4, 1), { maxTokens: 6 });
    await bench.run();
    expect(bench.tokensOf(1)).toEqual([]);
    expect(bench.loop.waitMs()).toBeGreaterThan(0);
    bench.advanceMs(60);
    await bench.run(2);
    bench.submit(2, counting(4, 2), { maxTokens: 2 });
    await bench.run(2);
    expect(bench.tokensOf(2)).toEqual([]);
    bench.advanceMs(60);
    await bench.run();
    bench.advanceMs(60);
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(4, 2), 2));
  });

  it('guesses ahead for a lone greedy request without changing a token', async () => {
    const bench = createLoopBench({ draftTokens: 4 });
    const prompt = [COUNTS_TO_FOUR, 1, 2, 3, 4, 0, 1, 2];
    bench.submit(1, prompt, { maxTokens: 40 });
    await bench.run();
    expect(bench.tokensOf(1)).toEqual(alone(prompt, 40));
    expect(bench.loop.gauges.acceptedDraftTokens).toBeGreaterThan(20);
    expect(bench.records.length).toBeLessThan(15);
  });

  it.each([
    { endTokenIds: [3], params: { ignoreEos: true } },
    { endTokenIds: [3], params: { minTokens: 40 } },
    { endTokenIds: [], params: { stopTokenIds: [3], minTokens: 40 } },
  ])(
    'guesses ahead without changing a token where some are barred: $params',
    async ({ endTokenIds, params }) => {
      const prompt = [COUNTS_TO_FOUR, 0, 1, 2, 3, 4, 0];
      const tokensWith = async (draftTokens: number) => {
        const bench = createLoopBench({ endTokenIds, draftTokens });
        bench.submit(1, prompt, { maxTokens: 40, ...params });
        await bench.run();
        return { tokens: bench.tokensOf(1), accepted: bench.loop.gauges.acceptedDraftTokens };
      };
      const [guessed, plain] = [await tokensWith(4), await tokensWith(0)];
      expect(guessed.tokens).toEqual(plain.tokens);
      expect(guessed.accepted).toBeGreaterThan(20);
    },
  );

  it('tells of those who ended in a round that then failed', async () => {
    const bench = createLoopBench();
    let left = 2;
    const breaking = {
      allowedTokens: () => {
        if (left-- === 0) throw new Error('a broken constraint');
        return new Uint8Array(97).fill(1);
      },
      accept: () => undefined,
      isComplete: () => false,
    };
    bench.submit(1, counting(4), { maxTokens: 3 });
    bench.submit(2, counting(5), { maxTokens: 9 }, { json: breaking });
    await expect(bench.run()).rejects.toThrow('a broken constraint');
    expect(bench.endOf(1)).toMatchObject({ reason: 'length' });
    bench.loop.fail('it broke');
    expect(bench.events.filter(({ kind }) => kind === 'failed')).toMatchObject([{ id: 2 }]);
  });

  it('fails everything at once and starts again clean', async () => {
    const bench = createLoopBench();
    const charge = vi.spyOn(bench.queue, 'charge');
    bench.submit(1, counting(4), { maxTokens: 10 });
    await bench.run(2);
    bench.loop.fail('out of memory');
    expect(bench.events.at(-1)).toEqual({ kind: 'failed', id: 1, message: 'out of memory' });
    expect(charge.mock.calls).toEqual([
      ['a', 14],
      ['a', bench.tokensOf(1).length - 10],
    ]);
    bench.submit(2, counting(5), { maxTokens: 2 });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(5), 2));
  });
});
