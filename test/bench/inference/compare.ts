// `npm run bench -- inference` (`--help` lists its flags): opens the contenders, runs the rounds and the arrivals, prints the table.
import { compareArrivals } from './arrivals.ts';
import { openBareSession } from './bare-loop.ts';
import { readBenchOptions } from './bench-options.ts';
import { openContender } from './contender.ts';
import { loadAverage } from './machine-load.ts';
import { report } from './report.ts';
import { runRounds } from './rounds.ts';
import { openTransformersJs } from './transformers-js.ts';

const NOT_ASKED_FOR = { runner: null, reason: '' };

export async function run(args: readonly string[]): Promise<void> {
  const options = readBenchOptions(args);
  if (options === null) return;
  const { threads, model, tokens, streamsOnly } = options;
  const loadAtStart = loadAverage();
  const bare = await openBareSession(model, threads);
  const continuous = await openContender('continuous', options);
  const sequential = await openContender('sequential', options);
  const dynamic = streamsOnly ? null : await openContender('dynamic', options);
  const { runner: transformers, reason } = streamsOnly ? NOT_ASKED_FOR : await openTransformersJs(model);
  try {
    const rounds = await runRounds({ continuous, sequential, bare, transformers, tokens }, options.rounds);
    const arrivals =
      dynamic === null ? null : await compareArrivals({ continuous, dynamic }, options.requests);
    const loads = { loadAtStart, loadAtEnd: loadAverage() };
    process.stdout.write(
      report({ rounds, arrivals, threads, tokens, transformersMissing: reason, ...loads }),
    );
  } finally {
    await transformers?.close();
    for (const contender of [continuous, sequential, dynamic]) await contender?.close();
    bare.close();
  }
}
