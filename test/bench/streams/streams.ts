// Many streams open at once, without a proxy, through the bare pipe and through the sidecar, recording: how long an event is
// on its way, what a stream costs in memory and processor time, and whether all of them end well.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  launch,
  OTHER_CORES,
  pinning,
  type Started,
  startPipe,
  startSidecar,
  startSink,
} from '../proxy/contenders.ts';
import { cpuMicros } from '../proxy/cpu-time.ts';
import { readFlagTable } from '../read-flags.ts';
import type { ClientCounts, ClientOrder } from './stream-client-main.ts';

interface Scenario {
  readonly streams: number;
  readonly intervalMs: number;
}

interface Result extends ClientCounts {
  readonly name: string;
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly idleBytes: number;
  readonly residentBytes: number;
  readonly cpuShare: number;
  readonly cpuMicrosEach: number;
  readonly upstreamStallMs: number;
  /** How long the proxy was ready to run and another process had its core. Above a few per cent the run says little. */
  readonly waitedShare: number;
}

const SCENARIOS: readonly Scenario[] = [
  { streams: 2_000, intervalMs: 100 },
  { streams: 5_000, intervalMs: 1_000 },
];
const OPENED_PER_SECOND = 500;
const SETTLE_MS = 3_000;
const SAMPLE_MS = 500;
const LIMIT_MS = 30_000;

const WHAT = `usage: npm run bench -- streams [options]

Thousands of streams open at once, direct, through a bare pipe and through the sidecar, recording: how long an event is on
its way, and what a stream costs.`;
const FLAGS = {
  seconds: [20, 'of steady streams'],
  only: [null, `one scenario, by its streams: ${SCENARIOS.map(({ streams }) => streams).join(', ')}`],
  profile: [null, 'folder for a CPU profile of the sidecar'],
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlagTable(WHAT, FLAGS, args);
  if (flags === null) return;
  const { seconds, only, profile } = flags;
  const nodeArgs = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const results: Result[] = [];
  for (const scenario of SCENARIOS) {
    if (only !== null && scenario.streams !== Number(only)) continue;
    const upstream = await launchHere('upstream', './ticking-upstream-main.ts');
    const sink = await startSink();
    const starts = [
      async () => direct(upstream),
      () => startPipe(upstream.port),
      () => startSidecar({ upstreamPort: upstream.port, sinkPort: sink.port, nodeArgs }),
    ];
    for (const start of starts) results.push(await measure(scenario, { start, upstream, seconds }));
    await sink.stop();
    await upstream.stop();
  }
  process.stdout.write(`${table(results)}\n\n${seconds} s of steady streams, ${pinning}.\n`);
}

/** No proxy at all: what client and upstream themselves need, who share a core. */
function direct(upstream: Started): Started {
  return { ...upstream, name: 'direct', pid: 0, stop: async () => undefined };
}

interface MeasureOptions {
  readonly start: () => Promise<Started>;
  readonly upstream: Started;
  readonly seconds: number;
}

async function measure(scenario: Scenario, { start, upstream, seconds }: MeasureOptions): Promise<Result> {
  const { streams, intervalMs } = scenario;
  const proxy = await start();
  const client = await launchHere('client', './stream-client-main.ts');
  const ask = async (order: ClientOrder) => (await client.ask(order)) as unknown as ClientCounts;
  await pause(SETTLE_MS);
  const idleBytes = residentBytes(proxy.pid);
  await ask({ kind: 'open', port: proxy.port, streams, intervalMs, perSecond: OPENED_PER_SECOND });
  await pause((streams / OPENED_PER_SECOND) * 1000);
  await until(async () => (await upstream.ask('counts'))['open'] === streams);
  await pause(SETTLE_MS);
  await ask({ kind: 'counts' });
  await upstream.ask('counts');
  const cpuBefore = cpuMicros(proxy.pid);
  const waitedBefore = waitedForCoreMs(proxy.pid);
  let largestBytes = 0;
  for (let passedMs = 0; passedMs < seconds * 1000; passedMs += SAMPLE_MS) {
    await pause(SAMPLE_MS);
    largestBytes = Math.max(largestBytes, residentBytes(proxy.pid));
  }
  const cpu = cpuMicros(proxy.pid) - cpuBefore;
  const waitedMs = waitedForCoreMs(proxy.pid) - waitedBefore;
  const steady = await ask({ kind: 'counts' });
  const { longestTickMs } = await upstream.ask('end');
  await until(async () => (await ask({ kind: 'open-now' })).open === 0);
  const { ended, errors, open } = await ask({ kind: 'counts' });
  await client.stop();
  await proxy.stop();
  return {
    ...steady,
    open,
    ended,
    errors,
    name: proxy.name,
    scenario,
    seconds,
    idleBytes,
    residentBytes: largestBytes,
    cpuShare: cpu / (seconds * 1e6),
    cpuMicrosEach: cpu / steady.events,
    upstreamStallMs: Number(longestTickMs),
    waitedShare: waitedMs / (seconds * 1000),
  };
}

function launchHere(name: string, file: string): Promise<Started> {
  return launch({ name, core: OTHER_CORES, script: fileURLToPath(new URL(file, import.meta.url)) });
}

function table(results: readonly Result[]): string {
  const head = [
    'streams',
    'proxy',
    'events/s',
    'on the way p50 / p99 / p99.9 / max ms',
    'resident (idle) MB',
    'kB a stream',
    'CPU of one core',
    'CPU µs an event',
    'waited for the core',
    'ended / errors',
    'longest tick of upstream ms',
  ];
  const rows = results.map((result) => {
    const { scenario, p50, p99, p999, max, residentBytes: resident, idleBytes } = result;
    return [
      `${scenario.streams} × ${1000 / scenario.intervalMs}/s`,
      result.name,
      (result.events / result.seconds).toFixed(0),
      [p50, p99, p999, max].map((ms) => ms.toFixed(1)).join(' / '),
      Number.isNaN(idleBytes) ? '–' : `${(resident / 1e6).toFixed(0)} (${(idleBytes / 1e6).toFixed(0)})`,
      Number.isNaN(idleBytes) ? '–' : ((resident - idleBytes) / scenario.streams / 1000).toFixed(0),
      Number.isNaN(idleBytes) ? '–' : `${(result.cpuShare * 100).toFixed(0)} %`,
      Number.isNaN(idleBytes) ? '–' : result.cpuMicrosEach.toFixed(1),
      Number.isNaN(idleBytes) ? '–' : `${(result.waitedShare * 100).toFixed(1)} %`,
      `${result.ended} / ${result.errors + result.open}`,
      result.upstreamStallMs.toFixed(0),
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < LIMIT_MS && !(await done()); waitedMs += SAMPLE_MS)
    await pause(SAMPLE_MS);
}

/** Of its main thread; NaN where there is no /proc. */
function waitedForCoreMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Of the process itself; NaN where there is no /proc. */
function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
