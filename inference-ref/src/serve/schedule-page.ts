// GET /debug/schedule: the last rounds of a model's scheduler as a timeline of slots, drawn on the server as one page
// that loads nothing; /debug/schedule.json is what it is drawn from.

import type { FastifyInstance } from 'fastify';
import type { IterationRecord } from '../engine/engine-events.ts';
import { errModelUnknown } from './openai-error.ts';
import { drawSchedule } from './schedule-drawing.ts';
import type { ServeContext } from './serve-context.ts';

const REMEMBERED_ROUNDS = 300;

export interface ScheduleLog {
  add(modelId: string, record: IterationRecord): void;
  rounds(modelId: string): readonly IterationRecord[];
}

export function createScheduleLog(): ScheduleLog {
  const rings = new Map<string, IterationRecord[]>();
  return {
    add(modelId, record) {
      const ring = rings.get(modelId) ?? [];
      rings.set(modelId, ring);
      ring.push(record);
      // Trimmed in steps: this runs once a decode step.
      if (ring.length >= 2 * REMEMBERED_ROUNDS) ring.splice(0, ring.length - REMEMBERED_ROUNDS);
    },
    rounds: (modelId) => (rings.get(modelId) ?? []).slice(-REMEMBERED_ROUNDS),
  };
}

export function registerSchedulePage(app: FastifyInstance, context: ServeContext, log: ScheduleLog): void {
  const modelOf = (query: unknown): string => {
    const names = context.registry.models.map(({ directory }) => directory.name);
    const asked =
      typeof query === 'object' && query !== null && 'model' in query ? String(query.model) : names[0];
    const found = names.find((name) => name === asked);
    if (found === undefined) throw errModelUnknown(`the model ${asked ?? ''} does not exist`);
    return found;
  };
  app.get('/debug/schedule.json', (request) => {
    const model = modelOf(request.query);
    return { model, rounds: log.rounds(model) };
  });
  app.get('/debug/schedule', async (request, reply) => {
    const model = modelOf(request.query);
    const gauges = context.registry.models.find(({ directory }) => directory.name === model)?.loaded?.engine
      .gauges;
    reply.header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    reply.type('text/html; charset=utf-8');
    return await reply.send(drawSchedule({ model, rounds: log.rounds(model), gauges: gauges ?? null }));
  });
}
