import { brotliCompressSync, gzipSync } from 'node:zlib';
import { TOKEN_BUCKETS, totalInputTokens, totalOutputTokens } from '@tollgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  loadProviderFixtures,
  type ProviderFixture,
} from '../../../test/fixtures/providers/load-provider-fixtures.ts';
import type { AnswerFacts, RequestFacts } from './answer-observer.ts';
import { createAnswerObserver } from './create-answer-observer.ts';
import { recogniseApi } from './recognise-api.ts';
import { readRequestFacts } from './request-facts.ts';

const fixtures = loadProviderFixtures();

function readRequest({ provider, method, path, requestHeaders, requestBody }: ProviderFixture): RequestFacts {
  const api = recogniseApi({ provider, method, path });
  return readRequestFacts({ api, provider, path, headers: requestHeaders, body: requestBody });
}

const requests = new Map<ProviderFixture, RequestFacts>();
function requestOf(fixture: ProviderFixture): RequestFacts {
  const known = requests.get(fixture) ?? readRequest(fixture);
  requests.set(fixture, known);
  return known;
}

interface Observation {
  readonly facts: AnswerFacts;
  readonly text: string;
}

function observe(
  fixture: ProviderFixture,
  chunks: readonly Buffer[],
  encoding?: string,
): Observation | Promise<Observation> {
  const { provider, status, headers } = fixture;
  const observer = createAnswerObserver({
    request: requestOf(fixture),
    provider,
    status,
    headers: { ...headers, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) },
  });
  for (const chunk of chunks) observer.onChunk(chunk, 7);
  const facts = observer.finish('complete');
  if (facts instanceof Promise) return facts.then((found) => ({ facts: found, text: observer.answerText() }));
  return { facts, text: observer.answerText() };
}

function summarise({ facts, text }: Observation) {
  const counted = TOKEN_BUCKETS.filter((bucket) => facts.usage[bucket] !== 0);
  return {
    usage: Object.fromEntries(counted.map((bucket) => [bucket, facts.usage[bucket]])),
    source: facts.usageSource,
    tools: facts.billedTools,
    model: facts.responseModel,
    id: facts.responseId,
    tier: facts.serviceTier,
    finish: facts.finishReason,
    error: facts.errorType,
    events: facts.tokenEvents,
    complete: facts.complete,
    text,
  };
}

function expectation({ expected }: ProviderFixture) {
  const { usage = {}, source = 'reported', tools = {}, model = '', id = '', tier = '' } = expected;
  const { finish = '', error = '', events = 0, complete = true, text = '' } = expected;
  return { usage, source, tools, model, id, tier, finish, error, events, complete, text };
}

function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [0, ...positions.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => Buffer.from(bytes.subarray(sorted[index], end)));
}

describe.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
  const { answer, expected } = fixture;

  it('is recognised, and its request read', () => {
    const { api, operation, requestedModel, stream, maxOutputTokens, temperature, hasTools, usageRequested } =
      readRequest(fixture);
    expect(api).toBe(expected.api);
    const none = { operation: '', requestedModel: '', stream: false, maxOutputTokens: null };
    expect({
      operation,
      requestedModel,
      stream,
      maxOutputTokens,
      temperature,
      hasTools,
      usageRequested,
    }).toEqual({ ...none, temperature: null, hasTools: false, usageRequested: false, ...expected.request });
  });

  it('is read as expected, and the buckets add up to the total that the provider gives', async () => {
    const observation = await observe(fixture, [answer]);
    expect(summarise(observation)).toEqual(expectation(fixture));
    const { usage } = observation.facts;
    if (expected.total !== undefined) {
      expect(totalInputTokens(usage) + totalOutputTokens(usage)).toBe(expected.total);
    }
    const timed = expected.events !== undefined;
    expect([observation.facts.firstAnswerAtMs, observation.facts.firstReasoningAtMs].includes(7)).toBe(timed);
  });

  it('is read the same however it is cut', async () => {
    const wanted = expectation(fixture);
    const whole = JSON.stringify(await observe(fixture, [answer]));
    for (let at = 1; at < answer.length; at += 1) {
      const cut = observe(fixture, [answer.subarray(0, at), answer.subarray(at)]);
      const found = JSON.stringify(cut instanceof Promise ? await cut : cut);
      if (found !== whole) expect({ at, found }).toEqual({ at, found: whole });
    }
    const positions = fc.array(fc.nat({ max: answer.length }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(positions, async (cuts) => {
        expect(summarise(await observe(fixture, cutAt(answer, cuts)))).toEqual(wanted);
      }),
      { numRuns: 10 },
    );
    const bytes = cutAt(answer, [...answer.keys()]);
    expect(summarise(await observe(fixture, bytes))).toEqual(wanted);
  });

  it.skipIf(fixture.status === 101)('is read the same when it comes compressed', async () => {
    const wanted = expectation(fixture);
    for (const [encoding, compressed] of [
      ['gzip', gzipSync(answer)],
      ['br', brotliCompressSync(answer)],
    ] as const) {
      const middle = Math.floor(compressed.length / 2);
      for (const cuts of [[], [middle], [1, 2, 11, middle, compressed.length - 1]]) {
        expect(summarise(await observe(fixture, cutAt(compressed, cuts), encoding))).toEqual(wanted);
      }
    }
  });
});
