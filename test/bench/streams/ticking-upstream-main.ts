// The upstream of the stream benchmark: every open stream gets an event at a steady interval, each event says when it was
// written, and streams take their turns evenly over the interval. On bare sockets, so that it is never the slower side.
import { createServer, type Socket } from 'node:net';
import { endOfStream, eventAt, INTERVAL_PARAMETER, nowMicros, streamHead } from './stream-event.ts';

const TICK_MS = 2;

interface OpenStream {
  readonly socket: Socket;
  readonly intervalMs: number;
  dueMs: number;
}

const streams = new Set<OpenStream>();
let written = 0;
let latestTickMs = performance.now();
let longestTickMs = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let head = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (data: Buffer) => {
    // Only the first line matters, and a request is never sent before the answer to the last one has ended.
    head += data.toString('latin1', 0, 256);
    const interval = new RegExp(`${INTERVAL_PARAMETER}=(\\d+)`).exec(head)?.[1];
    if (interval === undefined) return;
    head = '';
    const intervalMs = Number(interval);
    const stream: OpenStream = { socket, intervalMs, dueMs: performance.now() + Math.random() * intervalMs };
    socket.write(streamHead);
    streams.add(stream);
    socket.once('close', () => streams.delete(stream));
  });
});

setInterval(() => {
  const nowMs = performance.now();
  longestTickMs = Math.max(longestTickMs, nowMs - latestTickMs);
  latestTickMs = nowMs;
  const event = eventAt(nowMicros());
  for (const stream of streams) {
    if (stream.dueMs > nowMs) continue;
    stream.socket.write(event);
    written += 1;
    stream.dueMs += stream.intervalMs;
  }
}, TICK_MS);

process.on('message', (message) => {
  if (message === 'end') {
    for (const { socket } of streams) socket.write(endOfStream);
    streams.clear();
  }
  process.send?.({ written, open: streams.size, longestTickMs });
  longestTickMs = 0;
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.({ port: address?.port });
});
