// Compares the sidecar, recording, with the floor and its peers: whole answers, streams, latency, in alternating rounds.
import {
  pinning,
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

interface Result {
  readonly name: string;
  readonly whole: number[];
  readonly wholeCpuMicros: number[];
  readonly chunks: number[];
  readonly chunkCpuMicros: number[];
  readonly p50: number[];
  readonly p99: number[];
}

export async function run(args: readonly string[]): Promise<void> {
  const rounds = option(args, '--rounds', 3);
  const durationMs = option(args, '--seconds', 3) * 1000;
  const connections = option(args, '--connections', 48);
  const upstream = await startUpstream();
  const sink = await startSink();
  const nginx = await startNginx(upstream.port);
  const contenders: Started[] = [
    await startPipe(upstream.port),
    await startFastifyHttpProxy(upstream.port),
    ...(nginx === null ? [] : [nginx]),
    await startSidecar({ upstreamPort: upstream.port, sinkPort: sink.port, nodeArgs: profileArgs(args) }),
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
        await measure('whole', result.whole, result.wholeCpuMicros);
        await measure('stream', result.chunks, result.chunkCpuMicros);
        const latencies = await measureLatency({
          port,
          workload: 'whole',
          durationMs,
          ratePerSecond: RATE_PER_SECOND,
        });
        result.p50.push(quantile(latencies, 0.5));
        result.p99.push(quantile(latencies, 0.99));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { lines } = await sink.ask();
    process.stdout.write(
      `${table(results)}\n\n${rounds} rounds of ${durationMs / 1000} s, ${connections} connections, ${pinning}; `,
    );
    process.stdout.write(`latency at ${RATE_PER_SECOND} requests/s; the sink got ${String(lines)} events.\n`);
  } finally {
    for (const started of [...contenders, sink, upstream]) await started.stop();
  }
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

/** `--profile <dir>` writes a CPU profile of the sidecar there. */
function profileArgs(args: readonly string[]): string[] {
  const index = args.indexOf('--profile');
  return index < 0 ? [] : ['--cpu-prof', `--cpu-prof-dir=${args[index + 1] ?? '.'}`];
}

function table(results: readonly Result[]): string {
  const [floor] = results;
  if (floor === undefined) return '';
  const rows = results.map((result) => {
    const whole = median(result.whole);
    const chunks = median(result.chunks);
    return [
      result.name,
      whole.toFixed(0),
      medianRatio(result.whole, floor.whole).toFixed(2),
      `${median(result.wholeCpuMicros).toFixed(1)} (${medianRatio(floor.wholeCpuMicros, result.wholeCpuMicros).toFixed(2)})`,
      `${(chunks / 1000).toFixed(0)}k`,
      medianRatio(result.chunks, floor.chunks).toFixed(2),
      `${median(result.chunkCpuMicros).toFixed(2)} (${medianRatio(floor.chunkCpuMicros, result.chunkCpuMicros).toFixed(2)})`,
      `${median(result.p50).toFixed(2)} / ${median(result.p99).toFixed(2)}`,
      `${(median(result.p50) - median(floor.p50)).toFixed(2)} / ${(median(result.p99) - median(floor.p99)).toFixed(2)}`,
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

/** Rounds are compared with the floor's same round, since the machine is shared. */
function medianRatio(values: readonly number[], floor: readonly number[]): number {
  return median(values.map((value, round) => value / (floor[round] ?? Number.NaN)));
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

function option(args: readonly string[], name: string, fallback: number): number {
  const index = args.indexOf(name);
  return index < 0 ? fallback : Number(args[index + 1]);
}
