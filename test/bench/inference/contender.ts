// One server under one scheduler, as a process of its own, and what is measured on it.
import type { IterationRecord } from '@tollgate/inference-ref/engine/engine-events';
import { startInferenceProcess } from '../../fakes/inference-process.ts';
import { mean } from './spread.ts';
import { createStreamingClient, type StreamingClient } from './streaming-client.ts';
import { requestOf, STREAMS } from './workload.ts';

export type Scheduler = 'continuous' | 'sequential' | 'dynamic';

/** Means over the decode steps that held all streams and no prompt. */
interface StepTimes {
  /** The call of the model. */
  readonly decodeMs: number;
  /** With sampling and bookkeeping. */
  readonly roundMs: number;
  /** From the beginning of one step to the next. */
  readonly periodMs: number;
}

export interface Contender {
  readonly client: StreamingClient;
  /** Tokens per second of so many streams at once; 16 by default, as below. */
  streamsRate(seed: number, streams?: number): Promise<number>;
  /** Of the steps of so many rows since it was last asked. */
  stepTimes(rows?: number): Promise<StepTimes>;
  promptTokens(prompt: string): Promise<number>;
  close(): Promise<void>;
}

export interface Served {
  readonly model: string;
  readonly threads: number;
  /** New tokens of each stream. */
  readonly tokens: number;
  /** Of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Steps that the server remembers are as many as a round of streams takes, and some. */
const WARM_UP_ROUNDS = 4;

/** Warmed by the very load that it is measured under. */
export async function openContender(
  scheduler: Scheduler,
  { threads, model, tokens, settings = {} }: Served,
): Promise<Contender> {
  const server = await startInferenceProcess({
    ...{ INFERENCE_SCHEDULER: scheduler, INFERENCE_THREADS: String(threads), INFERENCE_MAX_BATCH: '32' },
    ...{ INFERENCE_MODEL: model, INFERENCE_PREFIX_CACHE_BYTES: '0' },
    ...settings,
  });
  const client = createStreamingClient(server.url);
  let seenAtMs = 0;
  const streamsRate = async (seed: number, streams = STREAMS) => {
    const startedAt = performance.now();
    const asked = Array.from({ length: streams }, (_, stream) =>
      client.complete(requestOf(seed * 100 + stream, tokens)),
    );
    const answers = await Promise.all(asked);
    const ms = performance.now() - startedAt;
    if (answers.some(({ ok }) => !ok)) throw new Error(`${scheduler}: a stream failed\n${server.log()}`);
    // Counted by what was asked for and given: tokens whose bytes make no character yet have no event.
    return (streams * tokens * 1000) / ms;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await streamsRate(round);
  return {
    client,
    streamsRate,
    async stepTimes(rows = STREAMS) {
      const answer = await fetch(`${server.url}/debug/schedule.json`);
      const { rounds } = (await answer.json()) as { readonly rounds: readonly IterationRecord[] };
      const fresh = rounds.filter(({ startedAtMs }) => startedAtMs > seenAtMs);
      seenAtMs = rounds.at(-1)?.startedAtMs ?? seenAtMs;
      return meanTimes(fresh, rows);
    },
    async promptTokens(prompt) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ prompt });
      const answer = await fetch(`${server.url}/tokenize`, { method: 'POST', headers, body });
      return ((await answer.json()) as { readonly count: number }).count;
    },
    async close() {
      client.close();
      await server.stop();
    },
  };
}

function meanTimes(rounds: readonly IterationRecord[], rows: number): StepTimes {
  const isFull = ({ decodeIds, prefills }: IterationRecord) =>
    decodeIds.length === rows && prefills.length === 0;
  const full = rounds.filter(isFull);
  const periods = rounds.flatMap((round, index) => {
    const next = rounds[index + 1];
    return next !== undefined && isFull(round) && isFull(next) ? [next.startedAtMs - round.startedAtMs] : [];
  });
  return {
    decodeMs: mean(full.map(({ decodeMs }) => decodeMs)),
    roundMs: mean(full.map(({ decodeMs, sampleMs, overheadMs }) => decodeMs + sampleMs + overheadMs)),
    periodMs: mean(periods),
  };
}
