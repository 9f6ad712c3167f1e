// The flags of `npm run bench -- inference`.
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../steps.ts';
import { HelpAsked, readFlags, wholeNumber } from '../read-flags.ts';

export interface BenchOptions {
  /** Directory of the model that all serve. */
  readonly model: string;
  /** New tokens of each stream. */
  readonly tokens: number;
  /** Neither arrivals nor transformers.js. */
  readonly streamsOnly: boolean;
  readonly rounds: number;
  /** Threads of one operator, in the servers and in the bare session alike. */
  readonly threads: number;
  /** Requests of the Poisson arrivals, to each of the two schedulers. */
  readonly requests: number;
}

const HELP = `usage: npm run bench -- inference [options]

Measures the reference server on this machine: 16 streams at once under continuous and sequential scheduling, the decode
step against a bare loop over the same session, time to first token under Poisson arrivals against dynamic batching, and
transformers.js on the same file. Ratios are taken within a round, between neighbours in time, so that a machine which
others use as well moves both sides; printed are their median and their 5th to 95th percentile.

  --rounds <n>    rounds (default 9; 3 with --quick)
  --quick         a third of the rounds and of the requests: about a minute
  --threads <n>   threads of one operator (default: all cores but one, as the server's)
  --requests <n>  requests of the arrivals, to each scheduler (default 2400; 800 with --quick)
  --model <dir>   another model than the bundled one ('npx tollgate infer build' writes them)
  --tokens <n>    new tokens of each stream (default 128)
  --streams-only  neither arrivals nor transformers.js
  --help          this text
`;

export function readBenchOptions(args: readonly string[]): BenchOptions | null {
  return readFlags(HELP, () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        threads: { type: 'string' },
        requests: { type: 'string' },
        model: { type: 'string', default: join(root, 'inference-ref/bundled-model') },
        tokens: { type: 'string', default: '128' },
        'streams-only': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) throw new HelpAsked();
    const [rounds, requests] = values.quick ? ['3', '800'] : ['9', '2400'];
    const threads = String(Math.max(1, availableParallelism() - 1));
    return {
      model: resolve(values.model),
      tokens: wholeNumber('--tokens', values.tokens),
      streamsOnly: values['streams-only'],
      rounds: wholeNumber('--rounds', values.rounds ?? rounds),
      threads: wholeNumber('--threads', values.threads ?? threads),
      requests: wholeNumber('--requests', values.requests ?? requests),
    };
  });
}
