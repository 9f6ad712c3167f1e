// Refuses bodies that are nested deeper than anybody means: copying them to another thread, or walking them in any other
// way that calls itself, would run out of stack, and the process with it.

import type { FastifyInstance } from 'fastify';
import { errRequestInvalid } from './openai-error.ts';

const MAX_LEVELS = 256;

export function limitNesting(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body }) => {
    if (isDeeper(body, MAX_LEVELS))
      throw errRequestInvalid(`the body is nested deeper than ${MAX_LEVELS} levels`);
  });
}

/** Level by level, so that it needs no stack of its own. */
function isDeeper(body: unknown, levels: number): boolean {
  let level = containersIn([body]);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= levels) return true;
    level = level.flatMap((each) => containersIn(Array.isArray(each) ? each : Object.values(each)));
  }
  return false;
}

function containersIn(values: readonly unknown[]): object[] {
  return values.filter((value): value is object => typeof value === 'object' && value !== null);
}
