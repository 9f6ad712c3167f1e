// The built-in server of known timing: it answers chat completions by the clock and tells when it meant to write and when it did.
// It computes nothing and knows nothing of the harness. On bare sockets, so that it is on time with thousands of streams.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { clockOriginNs } from '../measure/run-clock.ts';
import { createHttpReader, type HttpHead, readHttp } from '../wire/http-reader.ts';
import { createRandom } from '../workload/random.ts';
import {
  type AnswerWriter,
  createAnswerWriter,
  plannedDecodeMs,
  type TimingAnswer,
} from './timing-answer.ts';
import { createTimingFrames } from './timing-frames.ts';
import { createTimingMetrics, type TimingMetrics } from './timing-metrics.ts';
import { TimingProfile } from './timing-profile.ts';

export interface TimingServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface ServerState {
  readonly profile: TimingProfile;
  readonly writer: AnswerWriter;
  readonly metrics: TimingMetrics;
  readonly ttftFactor: () => number;
  readonly waiting: TimingAnswer[];
  running: number;
  requests: number;
}

export async function createTimingServer(
  options: { readonly profile?: Partial<TimingProfile>; readonly port?: number } = {},
): Promise<TimingServer> {
  const profile = TimingProfile.parse(options.profile ?? {});
  const random = createRandom(profile.seed);
  const writer = createAnswerWriter({
    profile,
    frames: createTimingFrames(profile, 'timing'),
    nowMs: () => performance.now(),
    originNs: clockOriginNs(),
    onOver: (answer) => leave(state, answer, true),
  });
  const state: ServerState = {
    profile,
    writer,
    metrics: createTimingMetrics(),
    ttftFactor: () => profile.ttftFactor * Math.exp(profile.ttftSigma * random.normal()),
    waiting: [],
    running: 0,
    requests: 0,
  };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveConnection(state, socket);
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        writer.stop();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => resolve());
  });
}

/** One request at a time on each connection, as every HTTP client sends them. */
function serveConnection(state: ServerState, socket: Socket): void {
  let head: HttpHead | undefined;
  let receivedMs = 0;
  let parts: Buffer[] = [];
  let answer: TimingAnswer | undefined;
  const http = createHttpReader('requests', {
    onHead(given) {
      head = given;
      parts = [];
    },
    onBody(bytes, start, end) {
      parts.push(bytes.subarray(start, end));
    },
    onEnd() {
      const [method, path] = head?.startLine.split(' ') ?? [];
      if (method === 'GET') socket.write(pageFor(state, path ?? ''));
      else answer = accept(state, socket, receivedMs, Buffer.concat(parts).toString('utf8'));
    },
    onBroken() {
      socket.destroy();
    },
  });
  socket.on('data', (bytes) => {
    // The time of the head: a long prompt's later packets are part of the request, not of the wait before it.
    if (http.phase === 'head') receivedMs = performance.now();
    readHttp(http, bytes, 0, bytes.length);
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    if (answer !== undefined && !answer.over) leave(state, answer, false);
  });
}

function pageFor(state: ServerState, path: string): string {
  if (path === '/metrics') {
    return wholeAnswer('200 OK', 'text/plain', state.metrics.text(state.running, state.waiting.length));
  }
  const models = { object: 'list', data: [{ id: 'timing', object: 'model' }] };
  return wholeAnswer('200 OK', 'application/json', JSON.stringify(models));
}

function wholeAnswer(status: string, type: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const PLANTED_FAILURE = wholeAnswer(
  '500 Internal Server Error',
  'application/json',
  '{"error":{"message":"planted failure","type":"server_error"}}',
);

function accept(
  state: ServerState,
  socket: Socket,
  receivedMs: number,
  body: string,
): TimingAnswer | undefined {
  const { profile } = state;
  state.requests += 1;
  if (state.requests === 1 && profile.stallAtMs !== null) {
    setTimeout(() => state.writer.freeze(profile.stallForMs), profile.stallAtMs).unref();
  }
  if (profile.failEvery > 0 && state.requests % profile.failEvery === 0) {
    socket.write(PLANTED_FAILURE);
    return undefined;
  }
  const answer: TimingAnswer = {
    socket,
    receivedMs,
    ...readRequest(body, profile),
    dueMs: 0,
    order: 0,
    head: '',
    tokensSent: 0,
    queueMs: 0,
    prefillMs: 0,
    firstDueMs: 0,
    firstWrittenMs: 0,
    lastWrittenMs: 0,
    over: false,
  };
  if (profile.slots > 0 && state.running >= profile.slots) state.waiting.push(answer);
  else serve(state, answer, receivedMs);
  return answer;
}

function readRequest(body: string, profile: TimingProfile): { promptTokens: number; outputTokens: number } {
  const maxTokens = /"max_(?:completion_)?tokens":(\d+)/.exec(body)?.[1];
  return {
    promptTokens: wordsIn(body),
    outputTokens: maxTokens === undefined ? profile.outputTokens : Number(maxTokens),
  };
}

function wordsIn(text: string): number {
  let words = 1;
  for (let at = text.indexOf(' '); at !== -1; at = text.indexOf(' ', at + 1)) words += 1;
  return words;
}

function serve(state: ServerState, answer: TimingAnswer, startMs: number): void {
  state.running += 1;
  answer.queueMs = startMs - answer.receivedMs;
  answer.prefillMs = state.profile.ttftMs * state.ttftFactor();
  answer.dueMs = startMs + answer.prefillMs;
  const phases = `queue;dur=${answer.queueMs.toFixed(3)}, prefill;dur=${answer.prefillMs.toFixed(3)}`;
  answer.head = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nserver-timing: ${phases}\r\n\r\n`;
  state.writer.begin(answer);
}

/** The answer is whole, or its client left: its place is the next one's. */
function leave(state: ServerState, answer: TimingAnswer, served: boolean): void {
  answer.over = true;
  const place = state.waiting.indexOf(answer);
  if (place !== -1) {
    state.waiting.splice(place, 1);
    return;
  }
  state.running -= 1;
  if (served) {
    state.metrics.served({
      queueMs: answer.queueMs,
      prefillMs: answer.prefillMs,
      decodeMs: plannedDecodeMs(state.profile, answer.outputTokens),
      promptTokens: answer.promptTokens,
      outputTokens: answer.outputTokens,
      cachedTokens: state.profile.cachedTokens,
    });
  }
  const next = state.waiting.shift();
  if (next !== undefined) serve(state, next, performance.now());
}
