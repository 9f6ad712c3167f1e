// A load generator on bare sockets, so that on one core it is never the slower side: whole requests written at once,
// answers only counted and checked for their end.
import { connect, type Socket } from 'node:net';
import { requestBytes, STREAM_CHUNKS, type Workload } from './workload.ts';

export interface LoadOptions {
  readonly port: number;
  readonly workload: Workload;
  readonly durationMs: number;
}

/** Answers a second with `connections` always busy; for streams, chunks a second. */
export async function measureThroughput(
  options: LoadOptions & { readonly connections: number },
): Promise<number> {
  const { port, workload, durationMs, connections } = options;
  const request = requestBytes(workload, port);
  let answers = 0;
  let running = true;
  const clients = await Promise.all(
    Array.from({ length: connections }, () =>
      connectClient({
        port,
        workload,
        onAnswer: (send) => {
          answers += 1;
          if (running) send(request);
        },
      }),
    ),
  );
  const startedAt = performance.now();
  for (const client of clients) client.send(request);
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  const seconds = (performance.now() - startedAt) / 1000;
  const counted = answers;
  running = false;
  for (const client of clients) client.close();
  return (counted / seconds) * (workload === 'stream' ? STREAM_CHUNKS : 1);
}

/** Latencies in milliseconds of requests sent on a fixed schedule, whether or not earlier ones were answered. */
export async function measureLatency(
  options: LoadOptions & { readonly ratePerSecond: number },
): Promise<number[]> {
  const { port, workload, durationMs, ratePerSecond } = options;
  const request = requestBytes(workload, port);
  const idle: RawClient[] = [];
  const latencies: number[] = [];
  const intervalMs = 1000 / ratePerSecond;
  const startedAt = performance.now() + 5;
  const count = Math.floor(durationMs / intervalMs);
  const all: RawClient[] = [];
  const add = async (): Promise<RawClient> => {
    const client = await connectClient({
      port,
      workload,
      onAnswer: () => {
        latencies.push(performance.now() - client.dueMs);
        idle.push(client);
      },
    });
    all.push(client);
    return client;
  };
  for (let index = 0; index < 8; index += 1) idle.push(await add());
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedAt + index * intervalMs;
    await sleepUntil(dueMs);
    const client = idle.shift() ?? (await add());
    client.dueMs = performance.now();
    client.send(request);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const client of all) client.close();
  return latencies.sort((a, b) => a - b);
}

interface RawClient {
  dueMs: number;
  readonly send: (request: Buffer) => void;
  readonly close: () => void;
}

interface ClientOptions {
  readonly port: number;
  readonly workload: Workload;
  readonly onAnswer: (send: (request: Buffer) => void) => void;
}

const STREAM_END = Buffer.from('0\r\n\r\n');

function connectClient({ port, workload, onAnswer }: ClientOptions): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const send = (request: Buffer): void => void socket.write(request);
    let received = 0;
    let expected = 0;
    socket.on('data', (data: Buffer) => {
      received += data.length;
      if (workload === 'stream') {
        if (data.length >= 5 && data.subarray(-5).equals(STREAM_END)) onAnswer(send);
        else if (data.length < 5) process.stderr.write('a stream ended in a split chunk: not counted\n');
        return;
      }
      if (expected === 0 || received === data.length) expected = answerLength(data);
      if (received < expected) return;
      received = 0;
      onAnswer(send);
    });
    socket.once('error', reject);
    socket.once('connect', () => resolve({ dueMs: 0, send, close: () => socket.destroy() }));
  });
}

/** Head and body of an answer whose head lies whole in these bytes. */
function answerLength(bytes: Buffer): number {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, headEnd);
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`the answer is no success: ${head.slice(0, 80)}`);
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return headEnd + 4 + Number(match?.[1] ?? 0);
}

function sleepUntil(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  return leftMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, leftMs));
}
