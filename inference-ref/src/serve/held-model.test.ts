import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { expect, it } from 'vitest';
import { holdModelWithRoom } from './held-model.ts';
import type { ServeContext } from './serve-context.ts';

/** What is looked at of a server with a model, a request and its answer. */
function bench({ taken = 0, isGone = false } = {}) {
  const state = { held: 0, rejected: 0 };
  const engine = {
    capacity: 8,
    hasRoomFor: (generations: number) => taken + generations <= 8,
    retryAfterSeconds: 3,
  };
  const hold = () => {
    state.held += 1;
    return () => {
      state.held -= 1;
    };
  };
  const model = { engine, hold, directory: { name: 'tiny' } };
  const socket = Object.assign(new EventEmitter(), { destroyed: isGone });
  const reply = {
    raw: Object.assign(new EventEmitter(), { destroyed: false }),
    request: { raw: { socket }, record: null, routeOptions: { url: '/v1/completions' } },
  } as unknown as FastifyReply;
  const context = {
    registry: { acquire: async () => model },
    metrics: {
      rejected: () => {
        state.rejected += 1;
      },
    },
  } as unknown as ServeContext;
  return {
    state,
    socket,
    ask: async (count: number) => await holdModelWithRoom(context, reply, 'tiny', count),
  };
}

it('holds a model until its client is gone', async () => {
  const { state, socket, ask } = bench();
  await ask(1);
  expect(state.held).toBe(1);
  socket.emit('close');
  expect(state.held).toBe(0);
});

it('lets go at once where the client left while the model was loaded', async () => {
  const { state, ask } = bench({ isGone: true });
  await expect(ask(1)).rejects.toMatchObject({ code: 'TG_CLIENT_LEFT' });
  expect(state.held).toBe(0);
});

it('says of answers that find no place now when to try again, and of more than there are places that they never will', async () => {
  const full = bench({ taken: 5 });
  await full.ask(3);
  await expect(full.ask(4)).rejects.toMatchObject({ code: 'TG_OVERLOADED', statusCode: 429 });
  expect(full.state.rejected).toBe(1);
  const empty = bench();
  await empty.ask(8);
  await expect(empty.ask(9)).rejects.toMatchObject({ code: 'TG_REQUEST_INVALID', statusCode: 400 });
  expect(empty.state.rejected).toBe(0);
});
