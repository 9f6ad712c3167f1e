// A call record for tests: a successful one of three events unless told otherwise.
import type { CallRecord } from './call-record.ts';

type Overrides = Partial<Omit<CallRecord, 'eventMs' | 'eventTokens'>> & {
  readonly eventMs?: readonly number[];
  readonly eventTokens?: readonly number[];
};

export function sampleCall({
  eventMs = [100, 120, 140],
  eventTokens,
  ...overrides
}: Overrides = {}): CallRecord {
  const tokens = eventTokens ?? eventMs.map(() => 1);
  return {
    index: 0,
    worker: 0,
    arm: 'run',
    block: 0,
    session: null,
    turn: 0,
    scheduledMs: 0,
    sentMs: 0,
    headersMs: 1,
    firstChoiceMs: eventMs[0] ?? Number.NaN,
    firstAnswerMs: eventMs[0] ?? Number.NaN,
    closedMs: (eventMs.at(-1) ?? 0) + 1,
    outputTokens: tokens.reduce((sum, count) => sum + count, 0),
    tokenSource: 'reported',
    eventTokenSource: 'reported',
    inputTokens: 10,
    cachedInputTokens: 0,
    reasoningTokens: 0,
    requestedInputTokens: 10,
    requestedOutputTokens: null,
    cacheExpected: false,
    finishReason: 'stop',
    status: 200,
    error: null,
    freshConnection: false,
    connectMs: null,
    receivedBytes: 100,
    serverTiming: null,
    truth: null,
    ...overrides,
    eventMs: Float64Array.from(eventMs),
    eventTokens: Float64Array.from(tokens),
  };
}
