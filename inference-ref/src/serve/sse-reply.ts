// A stream of server-sent events on a raw response: the head goes out with the first event, so that until then an error
// can still be an ordinary answer.

import type { ServerResponse } from 'node:http';

export interface SseReply {
  readonly isOpen: boolean;
  /** Headers are read when the first event is written. */
  send(data: string, event?: string): void;
  end(): void;
}

export function createSseReply(
  raw: ServerResponse,
  headers: () => Readonly<Record<string, string>>,
): SseReply {
  let isOpen = false;
  const open = () => {
    isOpen = true;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...headers(),
    });
  };
  return {
    get isOpen() {
      return isOpen;
    },
    send(data, event) {
      if (!isOpen) open();
      if (!raw.writableEnded)
        raw.write(event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`);
    },
    end() {
      if (!isOpen) open();
      raw.end();
    },
  };
}

export function serverTiming(phases: Readonly<Record<string, number>>): string {
  return Object.entries(phases)
    .map(([name, ms]) => `${name};dur=${ms.toFixed(2)}`)
    .join(', ');
}
