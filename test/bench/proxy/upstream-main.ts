// The upstream of the benchmark, as cheap as a server can be: answers from bytes made beforehand on bare sockets.
// POST /whole answers about 1 kB at once, POST /stream 64 events, each written on its own, POST /drip one event every 100 ms.
import { createServer, type Socket } from 'node:net';
import { DRIP_INTERVAL_MS, STREAM_CHUNKS } from './workload.ts';

const usage = { prompt_tokens: 420, completion_tokens: 64, total_tokens: 484 };
const wholeBody = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'bench-model',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'word '.repeat(150) }, finish_reason: 'stop' },
  ],
  usage,
});
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(wholeBody)}\r\nx-request-id: bench\r\n\r\n${wholeBody}`,
);
const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nx-request-id: bench\r\n\r\n',
);
const event = framed(
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'bench-model', choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })}\n\n`,
);
const streamEnd = Buffer.concat([
  framed(
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', model: 'bench-model', choices: [], usage })}\n\n`,
  ),
  framed('data: [DONE]\n\n'),
  Buffer.from('0\r\n\r\n'),
]);

const server = createServer({ noDelay: true }, (socket) => {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data: Buffer) => {
    waiting = waiting.length === 0 ? data : Buffer.concat([waiting, data]);
    for (let length = requestLength(waiting); length > 0; length = requestLength(waiting)) {
      const path = waiting.toString('latin1', 5, 32);
      waiting = waiting.subarray(length);
      if (path.includes('whole')) socket.write(whole);
      else if (path.includes('drip')) drip(socket, Number(/n=(\d+)/.exec(path)?.[1] ?? 100));
      else stream(socket, STREAM_CHUNKS);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.({ port: address?.port });
});

function stream(socket: Socket, left: number): void {
  if (socket.destroyed) return;
  if (left === STREAM_CHUNKS) socket.write(streamHead);
  if (left === 0) {
    socket.write(streamEnd);
    return;
  }
  socket.write(event);
  setImmediate(stream, socket, left - 1);
}

function drip(socket: Socket, events: number): void {
  let left = events;
  socket.write(streamHead);
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else if (left-- > 0) socket.write(event);
    else {
      clearInterval(timer);
      socket.write(streamEnd);
    }
  }, DRIP_INTERVAL_MS);
}

/** Length of the first whole request in the bytes; 0 where it is not whole yet. */
function requestLength(bytes: Buffer): number {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const match = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd));
  const length = headEnd + 4 + Number(match?.[1] ?? 0);
  return bytes.length >= length ? length : 0;
}

function framed(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
