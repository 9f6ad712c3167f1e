// Compares the sidecar, recording, with the floor and its peers: whole answers and streams in alternating rounds, then,
// when the flood has been settled, latency at a steady rate in as many rounds.
import { setTimeout as delay } from 'node:timers/promises';
import { readFlagTable } from '../read-flags.ts';
import {
  OTHER_CORES,
  pinning,
  pinSelf,
  type Started,
  startFastifyHttpProxy,
  startNginx,
  startPipe,
  startSidecar,
  startSink,
  startUpstream,
} from './contenders.ts';
import { cpuMicros } from './cpu-time.ts';
import { measureLatency, measureThroughput } from './raw-load.ts';
import type { Workload } from './workload.ts';

const WARM_UP_MS = 1_000;
/** The compilers need some thousands of calls, whatever the machine's load. */
const WARM_UP_ANSWERS = 6_000;
const RATE_PER_SECOND = 200;
/** Collecting what the flood left, and shipping its records, is no part of the latency at a steady rate. */
const SETTLE_MS = 10_000;
const LATENCY_WARM_UP_MS = 1_000;

interface Result {
  readonly name: string;
  readonly whole: number[];
  readonly wholeCpuMicros: number[];
  readonly chunks: number[];
  readonly chunkCpuMicros: number[];
  readonly p50: number[];
  readonly p99: number[];
}

const WHAT = `usage: npm run bench -- proxy [options]

Compares the sidecar, recording, with a bare pipe and with other proxies: whole answers and stream chunks a second in
alternating rounds, then latency at 200 calls a second.`;
const FLAGS = {
  rounds: [3, 'rounds, each with every proxy'],
  seconds: [3, 'of one load'],
  connections: [48, 'that keep a proxy busy'],
  'latency-seconds': [5, 'of one load at a steady rate'],
  only: [null, 'whole, stream or latency'],
  profile: [null, 'folder for a CPU profile of the sidecar'],
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlagTable(WHAT, FLAGS, args);
  if (flags === null) return;
  const { rounds, connections, only } = flags;
  const durationMs = flags.seconds * 1000;
  const latencyMs = flags['latency-seconds'] * 1000;
  pinSelf(OTHER_CORES);
  const upstream = await startUpstream();
  const sink = await startSink();
  const nginx = await startNginx(upstream.port);
  const contenders: Started[] = [
    await startPipe(upstream.port),
    await startFastifyHttpProxy(upstream.port),
    ...(nginx === null ? [] : [nginx]),
    await startSidecar({
      upstreamPort: upstream.port,
      sinkPort: sink.port,
      nodeArgs: profileArgs(flags.profile),
    }),
  ];
  const results: Result[] = contenders.map(({ name }) => ({
    name,
    whole: [],
    wholeCpuMicros: [],
    chunks: [],
    chunkCpuMicros: [],
    p50: [],
    p99: [],
  }));
  try {
    for (const { port } of contenders) {
      await warmUp(port, connections);
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { port, pid }] of contenders.entries()) {
        const result = results[index];
        if (result === undefined) continue;
        const measure = async (workload: Workload, rates: number[], costs: number[]): Promise<void> => {
          const before = cpuMicros(pid);
          const rate = await measureThroughput({ port, workload, durationMs, connections });
          rates.push(rate);
          costs.push((cpuMicros(pid) - before) / ((rate * durationMs) / 1000));
        };
        if ((only ?? 'whole') === 'whole') await measure('whole', result.whole, result.wholeCpuMicros);
        if ((only ?? 'stream') === 'stream') await measure('stream', result.chunks, result.chunkCpuMicros);
      }
    }
    await delay(SETTLE_MS);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { port }] of contenders.entries()) {
        const latencies = await steadyLatencies(port, latencyMs);
        results[index]?.p50.push(quantile(latencies, 0.5));
        results[index]?.p99.push(quantile(latencies, 0.99));
      }
    }
    await delay(1_000);
    const { lines } = await sink.ask();
    process.stdout.write(
      `${table(results)}\n\n${rounds} rounds of ${durationMs / 1000} s, ${connections} connections, ${pinning}; `,
    );
    process.stdout.write(
      `latency at ${RATE_PER_SECOND} requests/s for ${latencyMs / 1000} s a round; the sink got ${String(lines)} events.\n`,
    );
  } finally {
    for (const started of [...contenders, sink, upstream]) await started.stop();
  }
}

async function steadyLatencies(port: number, durationMs: number): Promise<number[]> {
  const at = { port, workload: 'whole', ratePerSecond: RATE_PER_SECOND } as const;
  await measureLatency({ ...at, durationMs: LATENCY_WARM_UP_MS });
  return await measureLatency({ ...at, durationMs });
}

async function warmUp(port: number, connections: number): Promise<void> {
  for (const [workload, enough] of [
    ['whole', WARM_UP_ANSWERS],
    ['stream', WARM_UP_ANSWERS * 8],
  ] as const) {
    for (let answers = 0; answers < enough; ) {
      answers += await measureThroughput({ port, workload, durationMs: WARM_UP_MS, connections });
    }
  }
}

function profileArgs(directory: string | null): string[] {
  return directory === null ? [] : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${directory}`];
}

function table(results: readonly Result[]): string {
  const [floor] = results;
  if (floor === undefined) return '';
  const rows = results.map((result) => {
    const whole = median(result.whole);
    const chunks = median(result.chunks);
    return [
      result.name,
      shown(whole, 0),
      shown(medianRatio(result.whole, floor.whole), 2),
      `${shown(median(result.wholeCpuMicros), 1)} (${shown(medianRatio(floor.wholeCpuMicros, result.wholeCpuMicros), 2)})`,
      `${shown(chunks / 1000, 0)}k`,
      shown(medianRatio(result.chunks, floor.chunks), 2),
      `${shown(median(result.chunkCpuMicros), 2)} (${shown(medianRatio(floor.chunkCpuMicros, result.chunkCpuMicros), 2)})`,
      `${shown(median(result.p50), 2)} / ${shown(median(result.p99), 2)}`,
      `${shown(medianOver(result.p50, floor.p50), 2)} / ${shown(medianOver(result.p99, floor.p99), 2)}`,
    ];
  });
  const head = [
    'proxy',
    'whole answers/s',
    'ratio',
    'CPU µs each (ratio)',
    'stream chunks/s',
    'ratio',
    'CPU µs each (ratio)',
    'p50 / p99 ms',
    'over the pipe, p50 / p99 ms',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits);
}

/** Rounds are compared with the floor's same round, since the machine is shared. */
function medianRatio(values: readonly number[], floor: readonly number[]): number {
  return median(values.map((value, round) => value / (floor[round] ?? Number.NaN)));
}

function medianOver(values: readonly number[], floor: readonly number[]): number {
  return median(values.map((value, round) => value - (floor[round] ?? Number.NaN)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
