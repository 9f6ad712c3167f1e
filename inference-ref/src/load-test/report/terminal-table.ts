// The compact table at the end of a run.
import type { LoadDistribution, LoadTestRun } from '@tollgate/contract';
import { PHASES } from '../context/phase-table.ts';
import { formatDollars, formatErrorSample, formatFigure, formatObjectiveValue } from './format-figure.ts';
import { alignColumns } from './terminal-columns.ts';
import { comparisonLines, sweepLines } from './terminal-comparison.ts';
import { tokenLines } from './token-lines.ts';

const COLUMNS = ['n', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const;

export function formatReport(report: LoadTestRun): string {
  return [
    '',
    `${report.target.model} at ${report.target.url} (${report.target.api})`,
    `${report.load.description}; ${report.load.workload}`,
    '',
    ...sweepLines(report),
    ...comparisonLines(report),
    ...(report.e2e_ms.n === 0 ? [] : [...distributionTable(report), '']),
    ...throughputLines(report),
    ...contextLines(report),
    '',
    ...objectiveLines(report),
    ...certificateLines(report),
    ...verdictLines(report),
    '',
  ].join('\n');
}

function distributionTable(report: LoadTestRun): string[] {
  const rows: readonly (readonly [string, LoadDistribution])[] = [
    ['TTFT ms', report.ttft_ms],
    ['TTFT from schedule ms', report.ttft_scheduled_ms],
    ['TTFO ms', report.ttfo_ms],
    ['TPOT ms', report.tpot_ms],
    ['ITL ms', report.itl_ms],
    ['ICL ms', report.icl_ms],
    ['longest stall ms', report.stall_ms],
    ['E2E ms', report.e2e_ms],
    ['E2E from schedule ms', report.e2e_scheduled_ms],
    ['TPS per user', report.tps_per_user],
  ];
  return alignColumns([
    ['', ...COLUMNS],
    ...rows.map(([label, distribution]) => [
      label,
      ...COLUMNS.map((column) => formatFigure(distribution[column], column === 'n')),
    ]),
  ]);
}

function throughputLines(report: LoadTestRun): string[] {
  const kinds = Object.entries(report.errors_by_kind).map(([kind, count]) => `${kind} ${count}`);
  const errors = `${report.errors} errors${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`;
  const lines = [
    `${report.requests} calls, ${errors}; ${report.rps.toFixed(2)} calls/s, ${report.system_tps.toFixed(1)} tokens/s in the steady window, ${report.system_tps_whole_run.toFixed(1)} over the whole run`,
  ];
  if (report.goodput.bounds.length > 0) {
    lines.push(
      `goodput ${report.goodput.per_second.toFixed(2)} calls/s, ${report.goodput.good} of ${report.goodput.attempted} met ${report.goodput.bounds.join(', ')}`,
    );
  }
  return [...lines, ...report.error_samples.map((sample) => `  ${formatErrorSample(sample)}`)];
}

function contextLines(report: LoadTestRun): string[] {
  const lines: string[] = [];
  const { phases, cost, reconciliation, server } = report;
  if (phases.source !== 'none') {
    const parts = PHASES.map(({ name, key }) => `${name} ${formatFigure(phases[key])} ms`);
    lines.push(`phases (${phases.source}): ${parts.join(', ')}`);
  }
  lines.push(...tokenLines(report));
  if (cost !== null)
    lines.push(
      `cost ${formatDollars(cost.total_usd)}; ${formatDollars(cost.per_1k_calls_usd)} per 1,000 calls; ${formatDollars(cost.per_1m_output_tokens_usd)} per 1M output tokens`,
    );
  if (server?.energy_joules !== null && server !== null)
    lines.push(`energy ${formatFigure(server.energy_joules)} J`);
  if (reconciliation.agrees === false) {
    const lineTexts = reconciliation.lines.map(
      ({ what, client, server: told }) => `${what} ${client} here, ${told} there`,
    );
    lines.push(`client and server count differently: ${lineTexts.join('; ')}`);
  }
  if (report.steady_state !== null && !report.steady_state.reached)
    lines.push('the run did not become steady: see latency over time');
  return lines;
}

/** What the certificate has said already is not said again. */
function verdictLines({ verdict, verdict_reasons: reasons, certificate }: LoadTestRun): string[] {
  const fresh = reasons.filter((reason) => !certificate.reasons.includes(reason));
  const [only] = fresh;
  if (fresh.length > 1) return [`${verdict}:`, ...fresh.map((reason) => `  ${reason}`)];
  if (only !== undefined) return [`${verdict}: ${only}`];
  return [reasons.length > 0 ? `${verdict}: the client could explain the result` : verdict];
}

function objectiveLines(report: LoadTestRun): string[] {
  const signs = { pass: 'met ', fail: 'MISS', inconclusive: '?   ' } as const;
  return report.objectives.map(
    (judged) =>
      `  ${signs[judged.outcome]}  ${judged.objective}  (${formatObjectiveValue(judged)}, n ${judged.n}: ${judged.reason})`,
  );
}

function certificateLines({ certificate }: LoadTestRun): string[] {
  if (certificate.status === 'not_applicable')
    return ['certificate not applicable: no call was answered, so there is no figure to vouch for'];
  const { client, client_error_ms: error } = certificate;
  const line = `certificate ${certificate.status}: client error p50 ${error.p50.toFixed(2)} ms, p99 ${error.p99.toFixed(2)} ms; core ${(100 * client.cpu_share).toFixed(0)} %; send lag p99 ${client.send_lag_ms.p99.toFixed(2)} ms; ${client.most_in_flight} in flight; round trip ${formatFigure(client.rtt_ms)} ms`;
  return [
    line,
    ...(certificate.status === 'valid' ? [] : certificate.reasons.map((reason) => `  ${reason}`)),
  ];
}
