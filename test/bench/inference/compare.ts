// `npm run bench -- inference [--quick]`: continuous batching against sequential, against the bare session, against
// dynamic batching under Poisson arrivals, and against transformers.js, interleaved in one run.
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandomNumbers } from '@tollgate/inference-ref/sampling/random-numbers';
import { type InferenceProcess, startInferenceProcess } from '../../fakes/inference-process.ts';
import { root } from '../../steps.ts';
import { rawLoopSteps } from './raw-loop.ts';
import { createStreamingClient, type StreamedAnswer, type StreamingClient } from './streaming-client.ts';
import { openTransformersJs } from './transformers-js.ts';

const MODEL_DIRECTORY = join(root, 'inference-ref/bundled-model');
const STREAMS = 16;
const NEW_TOKENS = 128;

type Scheduler = 'continuous' | 'sequential' | 'dynamic';

interface Contender {
  readonly server: InferenceProcess;
  readonly client: StreamingClient;
}

export async function run(args: readonly string[]): Promise<void> {
  const rounds = args.includes('--quick') ? 2 : 5;
  const threads = args.includes('--threads')
    ? Number(args[args.indexOf('--threads') + 1])
    : Math.max(1, availableParallelism() - 1);
  const seconds = args.includes('--quick') ? 10 : 30;
  const contenders: Record<Scheduler, Contender> = {
    continuous: await open('continuous', threads),
    sequential: await open('sequential', threads),
    dynamic: await open('dynamic', threads),
  };
  const transformers = await openTransformersJs(MODEL_DIRECTORY);
  const rates: Record<string, number[]> = { continuous: [], sequential: [], transformers: [] };
  const steps: { served: number[]; round: number[]; raw: number[] } = { served: [], round: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    rates['sequential']?.push(await streamsRate(contenders.sequential, round));
    const before = await stepTimes(contenders.continuous.server);
    rates['continuous']?.push(await streamsRate(contenders.continuous, round));
    const after = await stepTimes(contenders.continuous.server);
    const count = after.decodeCount - before.decodeCount;
    steps.served.push(((after.decode - before.decode) / count) * 1000);
    steps.round.push(((after.all - before.all) / count) * 1000);
    const raw = await rawLoopSteps({
      ...{ modelDirectory: MODEL_DIRECTORY, batch: STREAMS, startLength: 24, steps: NEW_TOKENS, threads },
    });
    steps.raw.push(raw.reduce((sum, ms) => sum + ms, 0) / raw.length);
    const prompts = Array.from({ length: 3 }, (_, index) => prompt(round * 100 + index));
    if (transformers.runner !== null) {
      rates['transformers']?.push(await transformers.runner.tokensPerSecond(prompts, NEW_TOKENS));
    }
  }
  const arrivals = await comparePoisson(contenders, seconds);
  await transformers.runner?.close();
  for (const { server, client } of Object.values(contenders)) {
    await client.close();
    await server.stop();
  }
  process.stdout.write(report({ rates, steps, arrivals, rounds, reason: transformers.reason }));
}

async function open(scheduler: Scheduler, threads: number): Promise<Contender> {
  const server = await startInferenceProcess({
    ...{ INFERENCE_SCHEDULER: scheduler, INFERENCE_THREADS: String(threads), INFERENCE_MAX_BATCH: '32' },
    INFERENCE_PREFIX_CACHE_BYTES: '0',
  });
  const client = createStreamingClient(server.url);
  await Promise.all(Array.from({ length: 8 }, async (_, index) => await client.complete(request(index, 16))));
  return { server, client };
}

const prompt = (seed: number) =>
  `Report ${seed}: the ship met the whale at the ${seed % 7}th hour and the nation`;

function request(seed: number, tokens: number): Record<string, unknown> {
  return { prompt: prompt(seed), max_tokens: tokens, temperature: 0, ignore_eos: true };
}

/** Tokens per second of so many streams at once. */
async function streamsRate({ client }: Contender, round: number): Promise<number> {
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from(
      { length: STREAMS },
      async (_, index) => await client.complete(request(round * 100 + index, NEW_TOKENS)),
    ),
  );
  const ms = performance.now() - startedAt;
  // Counted by what was asked for and given: tokens whose bytes make no character yet have no event.
  return (answers.filter(({ ok }) => ok).length * NEW_TOKENS * 1000) / ms;
}

interface StepTimes {
  readonly decode: number;
  readonly all: number;
  readonly decodeCount: number;
}

async function stepTimes(server: InferenceProcess): Promise<StepTimes> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = (kind: string, phase: string) => {
    const start = `tollgate_inference_step_seconds_${kind}{model_name="tollgate-tiny",phase="${phase}"}`;
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };
  const decode = value('sum', 'decode');
  return {
    decode,
    all: decode + value('sum', 'sample') + value('sum', 'overhead'),
    decodeCount: value('count', 'decode'),
  };
}

interface Arrivals {
  readonly ratePerSecond: number;
  readonly continuous: readonly StreamedAnswer[];
  readonly dynamic: readonly StreamedAnswer[];
}

/** Requests of 8 to 120 tokens, at 70 % of what the slower of the two can serve. */
async function comparePoisson(contenders: Record<Scheduler, Contender>, seconds: number): Promise<Arrivals> {
  const capacity = Math.min(
    await closedLoopRate(contenders.dynamic),
    await closedLoopRate(contenders.continuous),
  );
  const ratePerSecond = 0.7 * capacity;
  const answers: Record<'continuous' | 'dynamic', StreamedAnswer[]> = { continuous: [], dynamic: [] };
  for (let part = 0; part < 2; part++) {
    for (const name of ['dynamic', 'continuous'] as const) {
      answers[name].push(
        ...(await poisson(contenders[name], { ratePerSecond, seconds: seconds / 2, seed: part + 1 })),
      );
    }
  }
  return { ratePerSecond, ...answers };
}

const mixedTokens = (seed: number) => 8 + ((Math.imul(seed, 2654435761) >>> 0) % 113);

async function closedLoopRate({ client }: Contender): Promise<number> {
  const startedAt = performance.now();
  let asked = 0;
  let ended = 0;
  const worker = async () => {
    while (performance.now() - startedAt < 4_000) {
      const seed = asked++;
      await client.complete(request(seed, mixedTokens(seed)));
      ended += 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return (ended / (performance.now() - startedAt)) * 1000;
}

interface PoissonOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

async function poisson({ client }: Contender, options: PoissonOptions): Promise<StreamedAnswer[]> {
  const random = createRandomNumbers(options.seed);
  const answers: Promise<StreamedAnswer>[] = [];
  const startedAt = performance.now();
  let dueMs = 0;
  for (let seed = 0; ; seed++) {
    dueMs += (-Math.log(1 - random()) / options.ratePerSecond) * 1000;
    if (dueMs > options.seconds * 1000) break;
    const waitMs = dueMs - (performance.now() - startedAt);
    if (waitMs > 1) await delay(waitMs);
    answers.push(client.complete(request(seed, mixedTokens(seed))));
  }
  return await Promise.all(answers);
}

interface Report {
  readonly rates: Readonly<Record<string, readonly number[]>>;
  readonly steps: {
    readonly served: readonly number[];
    readonly round: readonly number[];
    readonly raw: readonly number[];
  };
  readonly arrivals: Arrivals;
  readonly rounds: number;
  readonly reason: string;
}

function report({ rates, steps, arrivals, rounds, reason }: Report): string {
  const rate = (name: string) => median(rates[name] ?? []);
  const hasPeer = (rates['transformers']?.length ?? 0) > 0;
  const ttft = (answers: readonly StreamedAnswer[]) =>
    nearestRank(
      answers.map((each) => each.timeToFirstTokenMs),
      0.99,
    );
  const [ours, theirs] = [ttft(arrivals.continuous), ttft(arrivals.dynamic)];
  const rows: readonly (readonly string[])[] = [
    [
      'tokens/s, 16 streams, continuous against sequential',
      `${rate('continuous').toFixed(0)}`,
      `${rate('sequential').toFixed(0)}`,
      ratio(rate('continuous'), rate('sequential')),
      '≥ 4 ×',
    ],
    [
      'decode step at 16 rows against the bare session, ms',
      median(steps.served).toFixed(3),
      median(steps.raw).toFixed(3),
      ratio(median(steps.served), median(steps.raw)),
      '≤ 1.10 ×',
    ],
    [
      'whole round (decode, sampling, bookkeeping) against the bare session, ms',
      median(steps.round).toFixed(3),
      median(steps.raw).toFixed(3),
      ratio(median(steps.round), median(steps.raw)),
      '',
    ],
    [
      `p99 TTFT at ${arrivals.ratePerSecond.toFixed(1)} requests/s (70 %), dynamic against continuous, ms (n = ${arrivals.continuous.length})`,
      ours.toFixed(1),
      theirs.toFixed(1),
      ratio(theirs, ours),
      '≥ 2 ×',
    ],
    hasPeer
      ? [
          'tokens/s against transformers.js on the same file',
          rate('continuous').toFixed(0),
          rate('transformers').toFixed(0),
          ratio(rate('continuous'), rate('transformers')),
          '> 1 ×',
        ]
      : [`transformers.js: ${reason}`, '', '', '', ''],
    ...(hasPeer
      ? [
          [
            'tokens/s of one stream at a time against transformers.js',
            rate('sequential').toFixed(0),
            rate('transformers').toFixed(0),
            ratio(rate('sequential'), rate('transformers')),
            '',
          ],
        ]
      : []),
  ];
  const head = ['| measure | ours | other | ratio | wanted |', '| --- | ---: | ---: | ---: | ---: |'];
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, medians of ${rounds} interleaved rounds`;
  const failed = [...arrivals.continuous, ...arrivals.dynamic].filter(({ ok }) => !ok).length;
  return `${[...head, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')}\n\n${machine}; failed requests: ${failed}\n`;
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(2)} ×`;
}

function median(values: readonly number[]): number {
  return nearestRank(values, 0.5);
}

function nearestRank(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
