// The reference server's spans, as an OTLP gRPC receiver gets them: one a request with its stages, in the caller's trace,
// and nothing of what was said.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';
import { createOtlpReceiver, type OtlpReceiver } from '../fakes/otlp-receiver.ts';
import { eventually } from './running-stack.ts';

const SECRET = 'harpoon-4711';
const API_KEY = 'key-0815';
const INTERNAL = 1;
const SERVER = 2;
const ERROR = 2;

let otlp: OtlpReceiver;
let server: InferenceProcess;
beforeAll(async () => {
  otlp = await createOtlpReceiver();
  server = await startInferenceProcess({ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, INFERENCE_API_KEY: API_KEY });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  otlp.close();
});

let lastTrace = 0;
/** Sends a request in a trace of its own and answers the spans of it, the request's first. */
async function traced(path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  lastTrace += 1;
  const traceId = lastTrace.toString(16).padStart(32, '0');
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const spans = () => otlp.spans.filter((span) => span.traceId === traceId);
  const found = await eventually(
    async () => spans(),
    (some) => some.some(({ kind }) => kind === SERVER),
    15_000,
  );
  const root = found.find(({ kind }) => kind === SERVER);
  if (root === undefined) throw new Error('no span of the request');
  return { root, stages: found.filter(({ kind }) => kind === INTERNAL), text, status: answer.status };
}

const messages = [{ role: 'user', content: `Tell me about the ${SECRET}.` }];

describe('spans of the reference server', () => {
  it('say what was asked, what came of it, and where the time went', async () => {
    const { root, stages, text } = await traced('/v1/chat/completions', {
      ...{
        messages,
        max_tokens: 20,
        min_tokens: 20,
        temperature: 0.5,
        top_p: 0.9,
        seed: 3,
        user: SECRET,
        stop: [SECRET],
      },
      ...{ stream: true, stream_options: { include_usage: true } },
    });
    expect(root).toMatchObject({ name: 'chat tollgate-tiny', parentSpanId: 'b7ad6b7169203331' });
    const usage = /"prompt_tokens":(\d+)/.exec(text)?.[1];
    expect(root.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'tollgate',
      'gen_ai.request.model': 'tollgate-tiny',
      'gen_ai.request.stream': true,
      'gen_ai.request.max_tokens': 20,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.seed': 3,
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': Number(usage),
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'http.response.status_code': 200,
      'tollgate.outcome': 'ok',
    });
    expect(stages.map(({ name }) => name)).toEqual(['queue', 'prefill', 'decode']);
    expect(new Set(stages.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([root.spanId]));
    const [queue, prefill] = stages;
    const firstChunkSeconds = Number(root.attributes['gen_ai.response.time_to_first_chunk']);
    expect(((queue?.durationMs ?? 0) + (prefill?.durationMs ?? 0)) / 1000).toBeCloseTo(firstChunkSeconds, 4);
    const ends = stages.map(({ startMs, durationMs }) => startMs + durationMs);
    expect(stages[1]?.startMs).toBeCloseTo(ends[0] ?? 0, 1);
    expect(stages[2]?.startMs).toBeCloseTo(ends[1] ?? 0, 1);
    expect(stages[0]?.startMs).toBeGreaterThanOrEqual(root.startMs - 0.01);
    expect(ends[2]).toBeLessThanOrEqual(root.startMs + root.durationMs + 0.01);
  });

  it('are there for every kind of request', async () => {
    const text = await traced('/v1/completions', { prompt: SECRET, max_tokens: 2, n: 2 });
    expect(text.root).toMatchObject({
      name: 'text_completion tollgate-tiny',
      attributes: { 'gen_ai.request.choice.count': 2, 'gen_ai.usage.output_tokens': 4 },
    });
    const message = await traced('/v1/messages', { messages, max_tokens: 2 });
    expect(message.root.name).toBe('chat tollgate-tiny');
    const embedding = await traced('/v1/embeddings', { input: 'whale' });
    expect(embedding.root).toMatchObject({
      name: 'embeddings tollgate-tiny',
      attributes: { 'gen_ai.operation.name': 'embeddings' },
    });
    expect(embedding.stages).toEqual([]);
  });

  it('tell refusals and clients that leave', async () => {
    const unknown = await traced('/v1/chat/completions', { model: 'none', messages });
    expect(unknown.root.attributes).toMatchObject({
      'error.type': 'TG_MODEL_UNKNOWN',
      'http.response.status_code': 404,
    });
    expect(unknown.root.statusCode).not.toBe(ERROR);
    const locked = await traced('/v1/chat/completions', { messages }, { authorization: 'Bearer wrong' });
    expect(locked.root).toMatchObject({ name: 'chat', attributes: { 'error.type': 'TG_API_KEY_INVALID' } });
    const before = otlp.spans.length;
    const controller = new AbortController();
    const answer = await fetch(`${server.url}/v1/completions`, {
      ...{
        method: 'POST',
        signal: controller.signal,
        body: JSON.stringify({ prompt: 'a', max_tokens: 900, stream: true, ignore_eos: true }),
      },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    });
    await answer.body?.getReader().read();
    controller.abort();
    const left = () => otlp.spans.slice(before).filter(({ kind }) => kind === SERVER);
    const [span] = await eventually(
      async () => left(),
      (spans) => spans.length > 0,
      15_000,
    );
    expect(span?.attributes['tollgate.outcome']).toBe('cancelled');
  });

  it('hold nothing of prompts, answers, users or keys', () => {
    const all = JSON.stringify(otlp.spans);
    for (const word of [SECRET, API_KEY, 'wrong', 'whale']) expect(all).not.toContain(word);
  });
});
