// The model that a request names, in memory until the request's answer has ended.

import type { FastifyReply } from 'fastify';
import type { LoadedModel } from '../model/loaded-model.ts';
import { onceClosed } from './once-closed.ts';
import { errClientLeft, errRequestInvalid, overloaded, withParam } from './openai-error.ts';
import type { ServeContext } from './serve-context.ts';

export async function holdModel(
  { registry }: ServeContext,
  reply: FastifyReply,
  name: string | undefined,
): Promise<LoadedModel> {
  const model = await registry.acquire(name);
  let isOver = false;
  const release = model.hold();
  onceClosed(reply.request.raw, reply.raw, () => {
    isOver = true;
    release();
  });
  if (isOver) throw errClientLeft('the client left while its model was loaded');
  if (reply.request.record !== null) reply.request.record.model = model.directory.name;
  return model;
}

/** For a generation: refuses before any work is done what the engine would refuse after it. */
export async function holdModelWithRoom(
  context: ServeContext,
  reply: FastifyReply,
  name: string | undefined,
  generations = 1,
): Promise<LoadedModel> {
  const model = await holdModel(context, reply, name);
  const { engine } = model;
  if (engine.hasRoomFor(generations)) return model;
  if (generations > engine.capacity) {
    const message = `${generations} answers were asked for at once, ${engine.capacity} at most have a place here`;
    throw withParam(errRequestInvalid(message, { hint: 'lower n, or send fewer prompts' }), 'n');
  }
  context.metrics.rejected(model.directory.name, reply.request.routeOptions.url ?? 'unknown');
  throw overloaded(engine.retryAfterSeconds);
}
