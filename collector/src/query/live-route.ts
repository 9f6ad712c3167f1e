// GET /live: server-sent events that say that rows were stored, twice a second at most, so that pages refresh in time.
// A heartbeat says that the collector lives: an event, since the browser's EventSource tells the page of no comment.
import type { FastifyInstance } from 'fastify';
import type { QueryDeps } from './query-deps.ts';

const MIN_GAP_MS = 500;
const HEARTBEAT_MS = 15_000;

export function liveRoute({ changes }: Pick<QueryDeps, 'changes'>, { heartbeatMs = HEARTBEAT_MS } = {}) {
  return async (app: FastifyInstance): Promise<void> => {
    const open = new Set<() => void>();
    app.addHook('preClose', async () => {
      for (const end of open) end();
    });
    app.get(
      '/live',
      {
        schema: {
          tags: ['calls'],
          summary:
            'Server-sent events: `data: {"version":n}` after rows were stored, and the event `heartbeat` each 15 s',
        },
      },
      (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        let timer: NodeJS.Timeout | undefined;
        const send = (): void => {
          timer = undefined;
          reply.raw.write(`data: {"version":${changes.version()}}\n\n`);
        };
        const unsubscribe = changes.subscribe(() => {
          timer ??= setTimeout(send, MIN_GAP_MS);
        });
        const heartbeat = setInterval(() => reply.raw.write('event: heartbeat\ndata: {}\n\n'), heartbeatMs);
        const end = (): void => {
          unsubscribe();
          clearInterval(heartbeat);
          clearTimeout(timer);
          open.delete(end);
          reply.raw.end();
        };
        open.add(end);
        reply.raw.once('close', end);
        send();
      },
    );
  };
}
