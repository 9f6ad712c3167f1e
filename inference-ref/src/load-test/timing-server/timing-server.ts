// The built-in server of known timing: it answers chat completions by the clock and tells when it really wrote.
// It computes nothing and knows nothing of the harness.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom } from '../workload/random.ts';
import { createDueQueue, type DueQueue } from './due-queue.ts';
import { createTimingFrames, type TimingFrames } from './timing-frames.ts';
import { createTimingMetrics, type TimingMetrics } from './timing-metrics.ts';
import { TimingProfile } from './timing-profile.ts';

export interface TimingServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface ServerState {
  readonly profile: TimingProfile;
  readonly due: DueQueue;
  readonly frames: TimingFrames;
  readonly metrics: TimingMetrics;
  readonly ttftFactor: () => number;
  readonly waiting: (() => void)[];
  running: number;
  requests: number;
}

interface Answer {
  readonly state: ServerState;
  readonly response: ServerResponse;
  readonly receivedNs: bigint;
  readonly receivedMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  queueMs: number;
  firstWrittenNs: bigint;
  lastWrittenNs: bigint;
}

export async function createTimingServer(
  options: { readonly profile?: Partial<TimingProfile>; readonly port?: number } = {},
): Promise<TimingServer> {
  const profile = TimingProfile.parse(options.profile ?? {});
  const random = createRandom(profile.seed);
  const due = createDueQueue(() => performance.now());
  const state: ServerState = {
    profile,
    due,
    frames: createTimingFrames(profile, 'timing'),
    metrics: createTimingMetrics(),
    ttftFactor: () => profile.ttftFactor * Math.exp(profile.ttftSigma * random.normal()),
    waiting: [],
    running: 0,
    requests: 0,
  };
  const server = createServer({ keepAliveTimeout: 600_000, noDelay: true }, (request, response) => {
    handle(state, request, response);
  });
  server.maxConnections = 0;
  server.requestTimeout = 0;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        due.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => resolve());
  });
}

function handle(state: ServerState, request: IncomingMessage, response: ServerResponse): void {
  const receivedNs = process.hrtime.bigint();
  const receivedMs = performance.now();
  if (request.method === 'GET' && request.url === '/metrics') {
    response.end(state.metrics.text(state.running, state.waiting.length));
    return;
  }
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'timing', object: 'model' }] }));
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    accept(state, { response, receivedNs, receivedMs, ...readRequest(body, state.profile) });
  });
}

function readRequest(body: string, profile: TimingProfile): { promptTokens: number; outputTokens: number } {
  const maxTokens = /"max_(?:completion_)?tokens":(\d+)/.exec(body)?.[1];
  return {
    promptTokens: body.split(/\s+/).length,
    outputTokens: maxTokens === undefined ? profile.outputTokens : Number(maxTokens),
  };
}

function accept(
  state: ServerState,
  input: Pick<Answer, 'response' | 'receivedNs' | 'receivedMs' | 'promptTokens' | 'outputTokens'>,
): void {
  const { profile } = state;
  state.requests += 1;
  if (state.requests === 1 && profile.stallAtMs !== null) {
    state.due.at(input.receivedMs + profile.stallAtMs, () => state.due.freeze(profile.stallForMs));
  }
  if (profile.failEvery > 0 && state.requests % profile.failEvery === 0) {
    input.response.writeHead(500, { 'content-type': 'application/json' });
    input.response.end('{"error":{"message":"planted failure","type":"server_error"}}');
    return;
  }
  const answer: Answer = { state, ...input, queueMs: 0, firstWrittenNs: 0n, lastWrittenNs: 0n };
  if (profile.slots > 0 && state.running >= profile.slots) state.waiting.push(() => serve(answer, true));
  else serve(answer, false);
}

function serve(answer: Answer, queued: boolean): void {
  const { state, response } = answer;
  state.running += 1;
  const startMs = performance.now();
  answer.queueMs = queued ? startMs - answer.receivedMs : 0;
  const originMs = queued ? startMs : answer.receivedMs;
  const ttftMs = state.profile.ttftMs * state.ttftFactor();
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'server-timing': `queue;dur=${answer.queueMs.toFixed(3)}, prefill;dur=${ttftMs.toFixed(3)}`,
  });
  if (state.profile.roleChunk) response.write(state.frames.role);
  const decodeMs = scheduleEvents(answer, originMs + ttftMs);
  let left = false;
  response.on('close', () => {
    if (left) return;
    left = true;
    state.running -= 1;
    state.metrics.served({
      queueMs: answer.queueMs,
      prefillMs: ttftMs,
      decodeMs,
      promptTokens: answer.promptTokens,
      outputTokens: answer.outputTokens,
      cachedTokens: state.profile.cachedTokens,
    });
    state.waiting.shift()?.();
  });
}

/** Schedules one event at a time, each by the absolute plan, so that no error adds up. Returns the planned decode time. */
function scheduleEvents(answer: Answer, firstMs: number): number {
  const { state, outputTokens } = answer;
  const { tokensPerEvent, gapMs } = state.profile;
  const firstTokens = Math.min(tokensPerEvent, outputTokens);
  const step = (sent: number, dueMs: number): void => {
    state.due.at(dueMs, () => {
      if (answer.response.destroyed) return;
      const tokens = Math.min(tokensPerEvent, outputTokens - sent);
      writeEvent(answer, tokens, sent, () => {
        const total = sent + tokens;
        if (total >= outputTokens) writeEnd(answer);
        else step(total, dueMs + gapMs * Math.min(tokensPerEvent, outputTokens - total));
      });
    });
  };
  step(0, firstMs);
  return gapMs * (outputTokens - firstTokens);
}

function writeEvent(answer: Answer, tokens: number, sent: number, then: () => void): void {
  const { state, response } = answer;
  const { profile, frames } = state;
  const kind = sent < profile.reasoningTokens ? 'reasoning' : profile.toolCall ? 'tool' : 'answer';
  const frame = frames.event(kind, tokens, sent + tokens);
  const written = (): void => {
    answer.lastWrittenNs = process.hrtime.bigint();
    if (sent === 0) answer.firstWrittenNs = answer.lastWrittenNs;
    then();
  };
  if (!profile.splitUtf8) {
    response.write(frame.bytes);
    written();
    return;
  }
  response.write(frame.bytes.subarray(0, frame.cut));
  setImmediate(() => {
    response.write(frame.bytes.subarray(frame.cut));
    written();
  });
}

function writeEnd(answer: Answer): void {
  const { state, response, outputTokens, promptTokens } = answer;
  const { receivedNs, firstWrittenNs, lastWrittenNs } = answer;
  const reasoningTokens = Math.min(state.profile.reasoningTokens, outputTokens);
  response.end(
    state.frames.end({
      promptTokens,
      outputTokens,
      reasoningTokens,
      receivedNs,
      firstWrittenNs,
      lastWrittenNs,
    }),
  );
}
