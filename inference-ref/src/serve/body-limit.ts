// Refuses bodies that say they are too large, after reading them off: a client that is still writing would otherwise see
// a broken connection in place of the answer.

import { finished } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { errBodyTooLarge } from './openai-error.ts';

/** Beyond so many times the limit nothing is read off. */
const PATIENCE = 8;

export function limitBodies(app: FastifyInstance, maxBodyBytes: number): void {
  app.addHook('onRequest', async (request) => {
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (!(bytes > maxBodyBytes)) return;
    if (bytes <= PATIENCE * maxBodyBytes) {
      // A client that gives up while we read needs no answer.
      await finished(request.raw.resume()).catch(() => undefined);
    }
    throw errBodyTooLarge(`the body has ${bytes} bytes, ${maxBodyBytes} are allowed`);
  });
}
