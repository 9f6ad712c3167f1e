// `npm run bench -- gpu-inference` (`--help` lists its flags): the reference server on a GPU by streams at once, against what the
// card's memory bandwidth allows. A step reads all weights and all live cache once: less time than that takes is
// not possible.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGraphIo } from '@tollgate/inference-ref/engine/decoder-graph-io';
import { kvBytesPerToken } from '@tollgate/inference-ref/engine/kv-slab';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { InferenceSession } from 'onnxruntime-node';
import { root } from '../../steps.ts';
import { openContender } from '../inference/contender.ts';
import { describeMachine } from '../inference/machine-load.ts';
import { percentile } from '../inference/spread.ts';
import { promptOf } from '../inference/workload.ts';
import { type GpuBenchOptions, readGpuBenchOptions } from './gpu-options.ts';
import { createGpuWatch, type GpuWatch, type WatchedLoad } from './gpu-watch.ts';

/** GB/s by a part of the name that the driver gives, from the makers' data sheets. */
const bandwidths: readonly (readonly [name: string, gbPerSecond: number])[] = [
  ['H200', 4800],
  ['H100', 3350],
  ['A100', 2039],
  ['L40', 864],
  ['A10', 600],
  ['L4', 300],
  ['T4', 320],
  ['4090', 1008],
  ['3090', 936],
];

const NO_CARD = `No NVIDIA GPU was found: NVML told of none. On a machine with one:
  npm run bench -- gpu-inference --help
`;
const HEAD = `| model | streams | tokens/s | ms a step (p5–p95) | bytes a step | share of the bandwidth bound | W | utilisation | NVML samples |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`;

export async function run(args: readonly string[]): Promise<void> {
  const options = readGpuBenchOptions(args);
  if (options === null) return;
  const watch = await createGpuWatch(options.nvml);
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-gpu-'));
  try {
    const { cardName } = watch;
    if (cardName === null) {
      process.stdout.write(NO_CARD);
      return;
    }
    const gbPerSecond =
      options.gbPerSecond ?? bandwidths.find(([part]) => cardName.includes(part))?.[1] ?? null;
    process.stdout.write(HEAD);
    for (const directory of [join(root, 'inference-ref/bundled-model'), ...builtModels(options, folder)]) {
      await serveAndMeasure({ directory, options, watch, gbPerSecond });
    }
    process.stdout.write(
      `\n${cardName}, driver ${driverVersion()}, ${gbPerSecond ?? 'unknown'} GB/s; ${options.device}; ${describeMachine()}; ${new Date().toISOString().slice(0, 10)}; ${options.tokens} new tokens a stream, ${options.rounds} rounds.\n`,
    );
  } finally {
    await watch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function builtModels({ shape, dtype }: GpuBenchOptions, folder: string): string[] {
  if (shape === null) return [];
  const out = join(folder, shape);
  const flags = ['--shape', shape, '--dtype', dtype, '--context', '2048', '--out', out];
  const command = [join(root, 'bin/tollgate.mjs'), 'infer', 'build', ...flags];
  execFileSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return [out];
}

interface Measuring {
  readonly directory: string;
  readonly options: GpuBenchOptions;
  readonly watch: GpuWatch;
  readonly gbPerSecond: number | null;
}

async function serveAndMeasure({ directory, options, watch, gbPerSecond }: Measuring): Promise<void> {
  const { modelFile, weightBytes, name } = readModelDirectory(directory);
  const { device, tokens, rounds, batches } = options;
  const cacheBytes = await cacheBytesPerToken(modelFile);
  const settings = { INFERENCE_DEVICE: device, INFERENCE_MAX_BATCH: String(Math.max(32, ...batches)) };
  const server = await openContender('continuous', { threads: 1, model: directory, tokens, settings });
  const meanLength = (await server.promptTokens(promptOf(100))) + tokens / 2;
  try {
    for (const streams of batches) {
      // Buffers and programs of this batch size are made here.
      await server.streamsRate(0, streams);
      await server.stepTimes(streams);
      const rates: number[] = [];
      const steps: number[] = [];
      const { load } = await watch.during(async () => {
        for (let round = 1; round <= rounds; round++) {
          rates.push(await server.streamsRate(round, streams));
          steps.push((await server.stepTimes(streams)).decodeMs);
        }
      });
      const bytes = weightBytes + streams * meanLength * cacheBytes;
      const boundMs = gbPerSecond === null ? null : bytes / gbPerSecond / 1e6;
      process.stdout.write(rowOf({ name, streams, rates, steps, bytes, boundMs, load }));
    }
  } finally {
    await server.close();
  }
}

async function cacheBytesPerToken(modelFile: string): Promise<number> {
  const session = await InferenceSession.create(modelFile, {
    ...{ graphOptimizationLevel: 'disabled' as const, logSeverityLevel: 3 as const },
  });
  const { kv } = readGraphIo(session);
  await session.release();
  return kvBytesPerToken(kv);
}

interface Measured {
  readonly name: string;
  readonly streams: number;
  readonly rates: readonly number[];
  readonly steps: readonly number[];
  readonly bytes: number;
  readonly boundMs: number | null;
  readonly load: WatchedLoad;
}

function rowOf({ name, streams, rates, steps, bytes, boundMs, load }: Measured): string {
  const step = percentile(steps, 0.5);
  const spread = `${step.toFixed(3)} (${percentile(steps, 0.05).toFixed(3)}–${percentile(steps, 0.95).toFixed(3)})`;
  const share = boundMs === null ? 'unknown' : `${((100 * boundMs) / step).toFixed(1)} %`;
  const figure = (value: number, unit: string) =>
    Number.isNaN(value) ? 'not told' : `${value.toFixed(0)}${unit}`;
  const cells = [
    ...[name, streams, percentile(rates, 0.5).toFixed(0), spread, Math.round(bytes), share],
    ...[figure(load.watts, ''), figure(load.utilizationPct, ' %'), load.samples],
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function driverVersion(): string {
  try {
    const query = ['--query-gpu=driver_version', '--format=csv,noheader', '--id=0'];
    return execFileSync('nvidia-smi', query, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown (no nvidia-smi)';
  }
}
