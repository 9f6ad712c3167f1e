// The compact table at the end of a run.
import type { LoadDistribution, LoadTestRun } from '@tollgate/contract';

const COLUMNS = ['n', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const;

export function formatReport(report: LoadTestRun): string {
  return [
    '',
    `${report.target.model} at ${report.target.url} (${report.target.api})`,
    `${report.load.description}; ${report.load.workload}`,
    '',
    ...distributionTable(report),
    '',
    ...throughputLines(report),
    ...contextLines(report),
    '',
    ...objectiveLines(report),
    ...certificateLines(report),
    verdictLine(report),
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
  const width = Math.max(...rows.map(([label]) => label.length));
  const header = `${' '.repeat(width)}${COLUMNS.map((column) => column.padStart(10)).join('')}`;
  return [
    header,
    ...rows.map(([label, distribution]) => {
      const cells = COLUMNS.map((column) => formatFigure(distribution[column], column === 'n').padStart(10));
      return `${label.padEnd(width)}${cells.join('')}`;
    }),
  ];
}

export function formatFigure(value: number | null, whole = false): string {
  if (value === null) return '–';
  if (whole) return String(value);
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(Math.abs(value) >= 100 ? 4 : 3);
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
  return lines;
}

function contextLines(report: LoadTestRun): string[] {
  const lines: string[] = [];
  const { phases, cost, reconciliation, tokens, server } = report;
  if (phases.source !== 'none') {
    const parts = [
      ['queue', phases.queue_ms],
      ['prefill', phases.prefill_ms],
      ['decode', phases.decode_ms],
      ['network', phases.network_ms],
    ] as const;
    lines.push(
      `phases (${phases.source}): ${parts.map(([name, ms]) => `${name} ${formatFigure(ms)} ms`).join(', ')}`,
    );
  }
  if (tokens.requested_input_mean !== null && report.requests > 0) {
    lines.push(
      `input tokens: asked ${tokens.requested_input_mean.toFixed(1)}, got ${(tokens.input / report.requests).toFixed(1)} a call`,
    );
  }
  if ((tokens.calls_by_token_source['reported'] ?? 0) < report.requests - report.errors) {
    lines.push(
      `token counts not all reported by the server: ${JSON.stringify(tokens.calls_by_token_source)}`,
    );
  }
  if (cost !== null)
    lines.push(
      `cost $${cost.total_usd}; $${cost.per_1k_calls_usd ?? '–'} per 1,000 calls; $${cost.per_1m_output_tokens_usd ?? '–'} per 1M output tokens`,
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
function verdictLine({
  verdict,
  verdict_reasons: reasons,
  certificate,
  more_requests_needed: more,
}: LoadTestRun): string {
  const fresh = reasons.filter((reason) => !certificate.reasons.includes(reason));
  const told =
    fresh.length > 0 ? fresh.join('; ') : reasons.length > 0 ? 'the client could explain the result' : '';
  return `${verdict}${told === '' ? '' : `: ${told}`}${more === null ? '' : ` (${more} more requests needed)`}`;
}

function objectiveLines(report: LoadTestRun): string[] {
  const signs = { pass: 'met ', fail: 'MISS', inconclusive: '?   ' } as const;
  return report.objectives.map(
    ({ objective, outcome, value, n, reason }) =>
      `  ${signs[outcome]}  ${objective}  (${value === null ? '–' : formatFigure(value)}, n ${n}: ${reason})`,
  );
}

function certificateLines({ certificate }: LoadTestRun): string[] {
  const { client, client_error_ms: error } = certificate;
  const line = `certificate ${certificate.status}: client error p50 ${error.p50.toFixed(2)} ms, p99 ${error.p99.toFixed(2)} ms; core ${(100 * client.cpu_share).toFixed(0)} %; send lag p99 ${client.send_lag_ms.p99.toFixed(2)} ms; ${client.most_in_flight} in flight; round trip ${formatFigure(client.rtt_ms)} ms`;
  return [
    line,
    ...(certificate.status === 'valid' ? [] : certificate.reasons.map((reason) => `  ${reason}`)),
  ];
}
