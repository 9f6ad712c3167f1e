// The collector away for ten minutes at 200 calls a second: what clients notice, what waits, how long it takes to catch up.
import { type OutageFigures, runOutage } from '../../chaos/telemetry-outage.ts';
import { readFlagTable } from '../read-flags.ts';

const CALM_MS = 30_000;

const WHAT = `usage: npm run bench -- outage [options]

The collector away while calls go on: what clients notice, what waits, and how long it takes to catch up.`;
const FLAGS = {
  minutes: [10, 'without a collector'],
  rate: [200, 'calls a second'],
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlagTable(WHAT, FLAGS, args);
  if (flags === null) return;
  const { minutes, rate: ratePerSecond } = flags;
  const figures = await runOutage({ ratePerSecond, calmMs: CALM_MS, outageMs: minutes * 60_000 });
  process.stdout.write(
    `${report(figures, `${minutes} min without a collector, ${ratePerSecond} calls/s`)}\n`,
  );
  if (figures.failures.length > 0) process.exitCode = 1;
}

function report(figures: OutageFigures, title: string): string {
  const { seen, stored, dropped, missing } = figures.completeness;
  const rows: [string, string][] = [
    ['calls answered', String(figures.answered)],
    ['client errors', String(figures.failures.length)],
    ['seen = stored + dropped', `${seen} = ${stored} + ${dropped}`],
    ['missing', String(missing)],
    ['spool at its largest', mebibytes(figures.spoolPeakBytes)],
    ['sidecar resident at its largest', mebibytes(figures.residentPeakBytes)],
    ['stored in full after the collector’s return', `${(figures.drainMs / 1000).toFixed(1)} s`],
    ...figures.latencies.map(({ phase, p50, p99 }): [string, string] => [
      `p50 / p99 ${phase}`,
      `${p50.toFixed(2)} / ${p99.toFixed(2)} ms`,
    ]),
  ];
  return [`| ${title} | |`, '| --- | ---: |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    '\n',
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
