// The harness against its server of known timing: right within two hundredths, or INVALID, but never wrong.
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { nearestRank, sortedCopy } from '@tollgate/inference-ref/load-test/measure/percentile';
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import type { TimingServer } from '@tollgate/inference-ref/load-test/timing-server/timing-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type LoadtestResult, runLoadtest } from '../e2e/run-loadtest.ts';

let server: TimingServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** What the server really did, by its own clock: the client's figures are held against this. */
function truthOf({ calls }: LoadtestResult) {
  const known = calls.flatMap((call) => (call.truth === undefined ? [] : [{ call, truth: call.truth }]));
  const laterTokens = (call: (typeof calls)[number]): number =>
    call.outputTokens - (call.eventTokens[0] ?? 0);
  return {
    ttft_ms: sortedCopy(known.map(({ call, truth }) => truth.firstWrittenMs - call.sentMs)),
    tpot_ms: sortedCopy(
      known.map(({ call, truth }) => (truth.lastWrittenMs - truth.firstWrittenMs) / laterTokens(call)),
    ),
    e2e_ms: sortedCopy(known.map(({ call, truth }) => truth.lastWrittenMs - call.sentMs)),
  };
}

function expectNeverWrong(result: LoadtestResult): void {
  const { report } = result;
  expect(report).not.toBeNull();
  if (report === null || report.certificate.status !== 'valid') {
    expect(report?.verdict).toBe('INVALID');
    expect(result.code).toBe(4);
    return;
  }
  const truth = truthOf(result);
  for (const key of ['ttft_ms', 'tpot_ms', 'e2e_ms'] as const) {
    for (const [stat, fraction] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const measured = report[key][stat] ?? Number.NaN;
      const real = nearestRank(truth[key], fraction);
      expect(Math.abs(measured / real - 1), `${key} ${stat}: ${measured} against ${real}`).toBeLessThan(0.02);
    }
  }
}

const streams = (concurrency: number, gapMs: number, durationS: number) => async (): Promise<void> => {
  server = await spawnTimingServer({ profile: { ttftMs: 100, gapMs } });
  const outputTokens = String(Math.round(1000 / gapMs) + 5);
  const result = await runLoadtest({
    args: [
      '--url',
      server.url,
      '--model',
      'timing',
      '--concurrency',
      String(concurrency),
      '--ramp-up',
      '2s',
      '--duration',
      `${durationS}s`,
      '--output-tokens',
      outputTokens,
    ],
  });
  expect(result.report?.errors).toBe(0);
  expect(result.report?.certificate.client.most_in_flight).toBe(concurrency);
  expectNeverWrong(result);
};

/** Lets the load-making processes run a fifth of the time only. */
function throttleWorkers(child: ChildProcess): () => void {
  let stopped = false;
  const timer = setInterval(() => {
    stopped = !stopped;
    for (const pid of workersOf(child.pid ?? 0)) signal(pid, stopped ? 'SIGSTOP' : 'SIGCONT');
  }, 60);
  return () => {
    clearInterval(timer);
    for (const pid of workersOf(child.pid ?? 0)) signal(pid, 'SIGCONT');
  };
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function workersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const status = readProc(pid, 'status');
      return status.includes(`\nPPid:\t${parent}\n`) && readProc(pid, 'cmdline').includes('load-worker');
    });
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // The process ended between being listed and being read.
    return '';
  }
}

describe('the certificate', () => {
  it('200 streams at 20 ms a token are right within 2 %, or the run is INVALID', streams(200, 20, 12));
  it('1,000 streams at 200 ms a token are right within 2 %, or the run is INVALID', streams(1000, 200, 15));

  it.runIf(process.platform === 'linux')(
    'a client throttled to a part of a core is INVALID, objectives or not',
    async () => {
      server = await spawnTimingServer({ profile: { ttftMs: 100, gapMs: 20 } });
      const args = [
        '--url',
        server.url,
        '--model',
        'timing',
        '--concurrency',
        '20',
        '--requests',
        '100',
        '--output-tokens',
        '20',
      ];
      for (const objectives of [[], ['--objective', 'ttft.p90<5s']]) {
        const result = await runLoadtest({ args: [...args, ...objectives], whileRunning: throttleWorkers });
        expect(result.report?.certificate.status).toBe('invalid');
        expect(result.report?.verdict).toBe('INVALID');
        expect(result.code).toBe(4);
      }
    },
  );
});
