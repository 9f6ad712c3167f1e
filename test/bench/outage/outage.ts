// The collector away for ten minutes at 200 calls a second: what clients notice, what waits, how long it takes to catch up.
import { type OutageFigures, runOutage } from '../../chaos/telemetry-outage.ts';

const CALM_MS = 30_000;

/** `--minutes` (10) without a collector, at `--rate` (200) calls a second. */
export async function run(args: readonly string[]): Promise<void> {
  const minutes = option(args, '--minutes', 10);
  const ratePerSecond = option(args, '--rate', 200);
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

function option(args: readonly string[], name: string, fallback: number): number {
  const index = args.indexOf(name);
  return index < 0 ? fallback : Number(args[index + 1]);
}
