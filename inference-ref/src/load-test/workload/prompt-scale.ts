// Measures how many words make a token on the server under test: two probes of known word counts give slope and offset.
import type { LoadPlan } from '../run/load-plan.ts';
import type { LoadRunner } from '../run/load-runner.ts';
import { type PromptScale, UNMEASURED_SCALE } from './workload.ts';

const SHORT_WORDS = 16;

export interface PromptScaleOptions {
  readonly runner: LoadRunner;
  /** The run's plan; its target and nonce are used. */
  readonly plan: LoadPlan;
  readonly meanInputTokens: number;
  readonly signal: AbortSignal;
}

/** Falls back to a word a token when the server reports no prompt tokens: the report shows asked and got side by side. */
export async function measurePromptScale({
  runner,
  plan,
  meanInputTokens,
  signal,
}: PromptScaleOptions): Promise<PromptScale> {
  const longWords = Math.max(SHORT_WORDS * 4, Math.round(meanInputTokens));
  const probe = (words: number, index: number): Promise<number | null> =>
    inputTokensOf(runner, probePlan(plan, words, index), signal);
  const short = await probe(SHORT_WORDS, 0);
  const long = await probe(longWords, 1);
  if (short === null || long === null || long <= short) return UNMEASURED_SCALE;
  const tokensPerWord = (long - short) / (longWords - SHORT_WORDS);
  return { tokensPerWord, overheadTokens: Math.max(0, short - tokensPerWord * SHORT_WORDS) };
}

async function inputTokensOf(
  runner: LoadRunner,
  plan: LoadPlan,
  signal: AbortSignal,
): Promise<number | null> {
  const { records } = await runner.run(plan, { signal });
  return records[0]?.inputTokens ?? null;
}

function probePlan(plan: LoadPlan, words: number, index: number): LoadPlan {
  return {
    ...plan,
    shape: { kind: 'closed', concurrency: 1, rampUpMs: 0 },
    workload: {
      kind: 'synthetic',
      inputTokens: String(words),
      outputTokens: '1',
      sharedPrefix: null,
      nonce: true,
      scale: UNMEASURED_SCALE,
    },
    requests: 1,
    durationMs: null,
    arm: 'probe',
    runNonce: `${plan.runNonce}-p${index}`,
    firstIndex: 1_000_000_000,
    openAhead: 0,
  };
}
