// Continuous against dynamic batching under Poisson arrivals of mixed lengths, at 70 % of what the slower one can serve.
import { setTimeout as delay } from 'node:timers/promises';
import { createRandomNumbers } from '@tollgate/inference-ref/sampling/random-numbers';
import type { Contender } from './contender.ts';
import type { StreamedAnswer } from './streaming-client.ts';
import { mixedTokens, requestOf } from './workload.ts';

export interface Arrivals {
  readonly ratePerSecond: number;
  /** By part: the two schedulers took the same arrivals one after the other. */
  readonly parts: readonly {
    readonly continuous: readonly StreamedAnswer[];
    readonly dynamic: readonly StreamedAnswer[];
  }[];
}

export interface ArrivalContenders {
  readonly continuous: Contender;
  readonly dynamic: Contender;
}

const LOAD_SHARE = 0.7;
const PARTS = 4;
const CLOSED_LOOPS = 32;
const CAPACITY_MS = 4_000;

export async function compareArrivals(contenders: ArrivalContenders, requests: number): Promise<Arrivals> {
  const { continuous, dynamic } = contenders;
  // The first of each warms it at this batch.
  for (const contender of [dynamic, continuous]) await capacityPerSecond(contender);
  const capacity = Math.min(await capacityPerSecond(dynamic), await capacityPerSecond(continuous));
  const ratePerSecond = LOAD_SHARE * capacity;
  const parts: Arrivals['parts'][number][] = [];
  for (let seed = 1; seed <= PARTS; seed++) {
    const load = { ratePerSecond, requests: Math.ceil(requests / PARTS), seed };
    const answers = { continuous: [] as StreamedAnswer[], dynamic: [] as StreamedAnswer[] };
    // Each goes first as often as the other.
    const order =
      seed % 2 === 0 ? (['dynamic', 'continuous'] as const) : (['continuous', 'dynamic'] as const);
    for (const name of order) answers[name] = await poisson(contenders[name], load);
    parts.push(answers);
  }
  return { ratePerSecond, parts };
}

async function capacityPerSecond({ client }: Contender): Promise<number> {
  const startedAt = performance.now();
  let asked = 0;
  const loop = async () => {
    while (performance.now() - startedAt < CAPACITY_MS) {
      const seed = asked++;
      await client.complete(requestOf(seed, mixedTokens(seed)));
    }
  };
  await Promise.all(Array.from({ length: CLOSED_LOOPS }, loop));
  return (asked / (performance.now() - startedAt)) * 1000;
}

interface PoissonLoad {
  readonly ratePerSecond: number;
  readonly requests: number;
  readonly seed: number;
}

async function poisson({ client }: Contender, load: PoissonLoad): Promise<StreamedAnswer[]> {
  const random = createRandomNumbers(load.seed);
  const answers: Promise<StreamedAnswer>[] = [];
  const startedAt = performance.now();
  let dueMs = 0;
  for (let request = 0; request < load.requests; request++) {
    dueMs += (-Math.log(1 - random()) / load.ratePerSecond) * 1000;
    const waitMs = dueMs - (performance.now() - startedAt);
    if (waitMs > 1) await delay(waitMs);
    answers.push(client.complete(requestOf(request, mixedTokens(request))));
  }
  return await Promise.all(answers);
}
