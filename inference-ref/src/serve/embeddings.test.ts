import { once } from 'node:events';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import type { LoadedModel } from '../model/loaded-model.ts';
import { registerEmbeddings } from './embeddings.ts';
import type { ServeContext } from './serve-context.ts';

function bench() {
  const app = fastify();
  app.decorateRequest('record', null);
  let begun: (signal: AbortSignal) => void = () => undefined;
  const signalled = new Promise<AbortSignal>((resolve) => {
    begun = resolve;
  });
  let isAnswering = true;
  // The route touches these parts of a model alone.
  const model = {
    directory: { name: 'm', contextTokens: 8 },
    ready: { canEmbed: true, vocabSize: 5000 },
    hold: () => () => undefined,
    engine: {
      async embed(texts: readonly Int32Array[], signal: AbortSignal) {
        begun(signal);
        if (isAnswering) return texts.map(([token = 0]) => Float32Array.of(0, 2 * token));
        await once(signal, 'abort');
        throw signal.reason;
      },
    },
  } as unknown as LoadedModel;
  const context = { registry: { acquire: async () => model }, metrics: { embedded: () => undefined } };
  registerEmbeddings(app, context as unknown as ServeContext);
  const embed = async (count: number) => {
    const input = Array.from({ length: count }, (_, index) => [index + 1]);
    return await app.inject({ method: 'POST', url: '/v1/embeddings', payload: { input } });
  };
  const neverAnswer = () => {
    isAnswering = false;
  };
  return { app, embed, signalled, neverAnswer };
}

it('embeds as many inputs as OpenAI takes, and names that limit where there are more', async () => {
  const { embed } = bench();
  const answer = await embed(2048);
  const { data } = answer.json<{ data: { index: number; embedding: number[] }[] }>();
  expect([answer.statusCode, data.length, data[2047]?.index]).toEqual([200, 2048, 2047]);
  expect(data[2047]?.embedding).toEqual([0, 1]);
  const refused = await embed(2049);
  expect(refused.statusCode).toBe(400);
  expect(refused.json<{ message: string }>().message).toContain('at most 2048');
});

it('has the engine stop where the client leaves', async () => {
  const { app, embed, signalled, neverAnswer } = bench();
  neverAnswer();
  app.addHook('onRequest', async (_, reply) => void signalled.then(() => reply.raw.destroy()));
  const left = embed(1).catch(() => undefined);
  const signal = await signalled;
  if (!signal.aborted) await once(signal, 'abort');
  expect(signal.reason).toMatchObject({ code: 'TG_CLIENT_LEFT', statusCode: 499 });
  await left;
});
