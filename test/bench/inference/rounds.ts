// The interleaved rounds. What is compared stands next to each other in a round, and the order turns with every round.
import type { BareSession } from './bare-loop.ts';
import type { Contender } from './contender.ts';
import { mean } from './spread.ts';
import type { TransformersJs } from './transformers-js.ts';
import { promptOf, STREAMS } from './workload.ts';

/** Figures of one round. */
export interface Round {
  readonly continuousRate: number;
  readonly sequentialRate: number;
  /** Null where transformers.js cannot be run. */
  readonly transformersRate: number | null;
  readonly decodeMs: number;
  readonly roundMs: number;
  readonly periodMs: number;
  /** The bare session at the streams' batch, mean of before and after the served round. */
  readonly bareMs: number;
  /** The bare session with one row. */
  readonly bareOneMs: number;
}

export interface Bench {
  readonly continuous: Contender;
  readonly sequential: Contender;
  readonly bare: BareSession;
  readonly transformers: TransformersJs | null;
  /** New tokens of each stream. */
  readonly tokens: number;
}

const TRANSFORMERS_PROMPTS = 3;

export async function runRounds(bench: Bench, count: number): Promise<readonly Round[]> {
  const startLength = await bench.continuous.promptTokens(promptOf(100));
  const bareMs = (batch: number) => bench.bare.stepMs({ batch, startLength, steps: bench.tokens });
  for (const batch of [STREAMS, 1]) bareMs(batch);
  await bench.continuous.stepTimes();
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const alone = async () => await bench.sequential.streamsRate(round);
    const sequentialFirst = round % 2 === 0 ? null : await alone();
    const before = bareMs(STREAMS);
    const continuousRate = await bench.continuous.streamsRate(round);
    const times = await bench.continuous.stepTimes();
    rounds.push({
      ...{ continuousRate, ...times, bareMs: mean([before, bareMs(STREAMS)]), bareOneMs: bareMs(1) },
      sequentialRate: sequentialFirst ?? (await alone()),
      transformersRate: await transformersRate(bench, round),
    });
  }
  return rounds;
}

async function transformersRate({ transformers, tokens }: Bench, round: number): Promise<number | null> {
  const prompts = Array.from({ length: TRANSFORMERS_PROMPTS }, (_, index) => promptOf(round * 100 + index));
  return (await transformers?.tokensPerSecond(prompts, tokens)) ?? null;
}
