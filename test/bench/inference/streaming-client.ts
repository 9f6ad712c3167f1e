// A client that costs little: it counts SSE events by their bytes and notes when the first one came.
import { Pool } from 'undici';

export interface StreamedAnswer {
  readonly timeToFirstTokenMs: number;
  readonly totalMs: number;
  readonly tokens: number;
  readonly ok: boolean;
}

export interface StreamingClient {
  complete(body: Readonly<Record<string, unknown>>): Promise<StreamedAnswer>;
  close(): Promise<void>;
}

const EVENT = Buffer.from('data: {');

export function createStreamingClient(url: string): StreamingClient {
  const pool = new Pool(url, { connections: 256 });
  return {
    async complete(fields) {
      const startedAt = performance.now();
      const body = JSON.stringify({ ...fields, stream: true });
      const headers = { 'content-type': 'application/json' };
      const answer = await pool.request({ method: 'POST', path: '/v1/completions', headers, body });
      let firstAt = 0;
      let events = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        firstAt ||= performance.now();
        for (let at = chunk.indexOf(EVENT); at >= 0; at = chunk.indexOf(EVENT, at + 7)) events += 1;
      }
      const endedAt = performance.now();
      return {
        timeToFirstTokenMs: (firstAt || endedAt) - startedAt,
        totalMs: endedAt - startedAt,
        // The last event carries the finish reason and no token.
        tokens: Math.max(0, events - 1),
        ok: answer.statusCode === 200,
      };
    },
    close: async () => await pool.close(),
  };
}
