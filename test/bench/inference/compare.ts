// `npm run bench -- inference [--quick] [--rounds n] [--threads n] [--requests n] [--help]`: opens the contenders, runs the
// rounds and the arrivals, prints the table.
import { join } from 'node:path';
import { root } from '../../steps.ts';
import { compareArrivals } from './arrivals.ts';
import { openBareSession } from './bare-loop.ts';
import { readBenchOptions } from './bench-options.ts';
import { openContender } from './contender.ts';
import { loadAverage } from './machine-load.ts';
import { report } from './report.ts';
import { runRounds } from './rounds.ts';
import { openTransformersJs } from './transformers-js.ts';

const MODEL_DIRECTORY = join(root, 'inference-ref/bundled-model');

export async function run(args: readonly string[]): Promise<void> {
  const options = readBenchOptions(args);
  if (options === null) return;
  const { threads } = options;
  const loadAtStart = loadAverage();
  const bare = await openBareSession(MODEL_DIRECTORY, threads);
  const continuous = await openContender('continuous', threads);
  const sequential = await openContender('sequential', threads);
  const dynamic = await openContender('dynamic', threads);
  const { runner: transformers, reason } = await openTransformersJs(MODEL_DIRECTORY);
  try {
    const rounds = await runRounds({ continuous, sequential, bare, transformers }, options.rounds);
    const arrivals = await compareArrivals({ continuous, dynamic }, options.requests);
    const loads = { loadAtStart, loadAtEnd: loadAverage() };
    process.stdout.write(report({ rounds, arrivals, threads, transformersMissing: reason, ...loads }));
  } finally {
    await transformers?.close();
    for (const contender of [continuous, sequential, dynamic]) await contender.close();
    bare.close();
  }
}
