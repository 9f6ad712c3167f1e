// The self-contained page of one run: no script, no external address; the report itself is embedded as JSON.
import type { LoadTestRun } from '@tollgate/contract';
import type { MeasuredCall } from '../measure/run-figures.ts';
import { effectUnits, FRACTIONS, formatSweep, sweepOutcome } from './format-figure.ts';
import { createHtmlFigures, type HtmlFigures } from './html-figures.ts';
import { htmlPlots } from './html-plots.ts';
import { HTML_STYLE } from './html-style.ts';

export function htmlReport(report: LoadTestRun, measured: readonly MeasuredCall[]): string {
  const figures = createHtmlFigures(report);
  const title = figures.text(report.name);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}: ${report.verdict}</title><style>${HTML_STYLE}</style></head>
<body><main>
${header(report, figures)}
${cards(figures)}
${objectives(report, figures)}
${comparison(report, figures)}
${sweep(report, figures)}
${distributions(report, figures)}
<h2>Plots</h2><div class="plots">${htmlPlots(report, measured)}</div>
${certificate(report, figures)}
${context(report, figures)}
<footer>${figures.text(report.started_at)} to ${figures.text(report.ended_at)} · run ${report.id} · percentiles are nearest rank; every number here is a value of the embedded JSON</footer>
</main><script type="application/json" id="report">${JSON.stringify(report).replaceAll('<', '\\u003c')}</script></body></html>
`;
}

function header(report: LoadTestRun, { text, figure }: HtmlFigures): string {
  const reasons = report.verdict_reasons.map((reason) => `<li>${text(reason)}</li>`).join('');
  const more =
    report.more_requests_needed === null
      ? ''
      : `<p class="sub">${figure('more_requests_needed', { whole: true })} more requests needed to decide</p>`;
  return `<div class="head"><div><h1>${text(report.name)}</h1><p class="sub">${text(report.target.model)} at ${text(report.target.url)} (${text(report.target.api)})</p><p class="sub">${text(report.load.description)}</p><p class="sub">${text(report.load.workload)}</p></div><span class="verdict ${report.verdict}">${report.verdict}</span></div>${reasons === '' ? '' : `<ul class="reasons">${reasons}</ul>`}${more}`;
}

function cards({ figure }: HtmlFigures): string {
  const card = (name: string, value: string): string =>
    `<div class="card"><span class="name">${name}</span><b>${value}</b></div>`;
  return `<div class="cards">${[
    card('TTFT p50, ms', figure('ttft_ms.p50')),
    card('TTFT p99, ms', figure('ttft_ms.p99')),
    card('TPOT p50, ms', figure('tpot_ms.p50')),
    card('E2E p99, ms', figure('e2e_ms.p99')),
    card('tokens/s, steady', figure('system_tps')),
    card('calls/s', figure('rps')),
    card('calls', figure('requests', { whole: true })),
    card('errors', figure('errors', { whole: true })),
  ].join('')}</div>`;
}

function objectives(report: LoadTestRun, { text, figure }: HtmlFigures): string {
  if (report.objectives.length === 0) return '';
  const rows = report.objectives.map(
    (objective, index) =>
      `<tr><td>${text(objective.objective)}</td><td class="${objective.outcome}">${objective.outcome}</td><td>${figure(`objectives.${index}.value`, { percent: FRACTIONS.includes(objective.metric) })}</td><td>${figure(`objectives.${index}.n`, { whole: true })}</td><td class="text">${text(objective.reason)}</td></tr>`,
  );
  return `<h2>Objectives at ${figure('confidence', { percent: true, digits: 0 })} confidence</h2><div class="scroll"><table><tr><th>objective</th><th>outcome</th><th>value</th><th>n</th><th style="text-align:left">reason</th></tr>${rows.join('')}</table></div>`;
}

function comparison(report: LoadTestRun, figures: HtmlFigures): string {
  const { comparison: compared } = report;
  if (compared === null) return '';
  const { text, figure } = figures;
  const arms = compared.arms.map((arm, index) => {
    const at = `comparison.arms.${index}`;
    const cells = ['mean', 'p50', 'p95', 'p99']
      .map((stat) => `<td>${figure(`${at}.e2e_ms.${stat}`)}</td>`)
      .join('');
    return `<tr><td>${text(arm.name)}</td><td>${figure(`${at}.requests`, { whole: true })}</td><td>${figure(`${at}.errors`, { whole: true })}</td><td>${figure(`${at}.ttft_ms.p50`)}</td><td>${figure(`${at}.tpot_ms.p50`)}</td>${cells}</tr>`;
  });
  const effects = compared.effects.map((effect, index) => {
    const at = `comparison.effects.${index}`;
    const { value: unit, change } = effectUnits(effect);
    return `<tr><td>${text(effect.measure)}</td><td>${figure(`${at}.baseline`)}${unit}</td><td>${figure(`${at}.candidate`)}${unit}</td><td>${figure(`${at}.change_percent`)}${change}</td><td>${figure(`${at}.interval_percent.low`)} … ${figure(`${at}.interval_percent.high`)}${change}</td><td>${figure(`${at}.noise_floor_percent`)} %</td><td class="${effect.outcome}">${effect.outcome}</td></tr>`;
  });
  return `<h2>Comparison</h2><div class="scroll"><table><tr><th>arm</th><th>calls</th><th>errors</th><th>TTFT p50</th><th>TPOT p50</th><th>E2E mean</th><th>E2E p50</th><th>E2E p95</th><th>E2E p99</th></tr>${arms.join('')}</table></div><br><div class="scroll"><table><tr><th>measure</th><th>baseline</th><th>candidate</th><th>change</th><th>interval</th><th>noise floor</th><th>outcome</th></tr>${effects.join('')}</table></div>`;
}

function sweep(report: LoadTestRun, { text, figure }: HtmlFigures): string {
  if (report.sweep === null) return '';
  const keys = [
    'requests',
    'errors',
    'ttft_p50_ms',
    'ttft_p99_ms',
    'e2e_p50_ms',
    'e2e_p99_ms',
    'system_tps',
    'rps',
  ];
  const { by } = report.sweep;
  const order = [...report.sweep.points.entries()].sort(([, a], [, b]) => a.load - b.load);
  const rows = order.map(([index, point]) => {
    const at = `sweep.points.${index}`;
    const cells = keys.map((key, column) => `<td>${figure(`${at}.${key}`, { whole: column < 2 })}</td>`);
    return `<tr><td>${figure(`${at}.load`, { whole: by === 'concurrency' })}</td><td class="${point.good ? 'pass' : 'fail'}">${sweepOutcome(point)}</td>${cells.join('')}</tr>`;
  });
  return `<h2>Sweep: ${text(formatSweep(report.sweep))}</h2><div class="scroll"><table><tr><th>${report.sweep.by}</th><th>objectives</th><th>calls</th><th>errors</th><th>TTFT p50</th><th>TTFT p99</th><th>E2E p50</th><th>E2E p99</th><th>tokens/s</th><th>calls/s</th></tr>${rows.join('')}</table></div>`;
}

const ROWS = [
  ['TTFT, ms', 'ttft_ms'],
  ['TTFT from schedule, ms', 'ttft_scheduled_ms'],
  ['TTFT on fresh connections, ms', 'ttft_fresh_connection_ms'],
  ['TTFT on reused connections, ms', 'ttft_reused_connection_ms'],
  ['TTFO (first answer), ms', 'ttfo_ms'],
  ['TTST (second event), ms', 'ttst_ms'],
  ['TPOT, ms', 'tpot_ms'],
  ['ITL (gap a token), ms', 'itl_ms'],
  ['ICL (gap an event), ms', 'icl_ms'],
  ['longest stall of a call, ms', 'stall_ms'],
  ['E2E, ms', 'e2e_ms'],
  ['E2E from schedule, ms', 'e2e_scheduled_ms'],
  ['stream close, ms', 'close_ms'],
  ['connect, ms', 'connect_ms'],
  ['send lag, ms', 'send_lag_ms'],
  ['TPS per user (1/TPOT)', 'tps_per_user'],
  ['TPS per call (N/E2E)', 'tps_per_call'],
] as const;
const COLUMNS = ['mean', 'min', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;

function distributions(report: LoadTestRun, { figure }: HtmlFigures): string {
  const rows = ROWS.filter(([, key]) => report[key].n > 0).map(([label, key]) => {
    const cells = COLUMNS.map((column) => `<td>${figure(`${key}.${column}`)}</td>`).join('');
    return `<tr><td>${label}</td><td>${figure(`${key}.n`, { whole: true })}</td>${cells}</tr>`;
  });
  const head = COLUMNS.map((column) => `<th>${column === 'p999' ? 'p99.9' : column}</th>`).join('');
  return `<h2>Measures</h2><div class="scroll"><table><tr><th>measure</th><th>n</th>${head}</tr>${rows.join('')}</table></div>`;
}

const CERTIFICATE_CLASS = {
  valid: 'pass',
  degraded: 'inconclusive',
  invalid: 'fail',
  not_applicable: '',
} as const;

function certificate(report: LoadTestRun, { text, figure }: HtmlFigures): string {
  const { certificate: issued } = report;
  const outcome = CERTIFICATE_CLASS[issued.status];
  const bounds = issued.bounds.map(
    (bound, index) =>
      `<tr><td>${text(bound.figure)}</td><td>${figure(`certificate.bounds.${index}.measured_ms`)}</td><td>${figure(`certificate.bounds.${index}.client_error_ms`)}</td><td>${figure(`certificate.bounds.${index}.tolerated_ms`)}</td><td>${bound.within}</td></tr>`,
  );
  const reasons = issued.reasons.map((reason) => `<li>${text(reason)}</li>`).join('');
  return `<h2>Client certificate: <span class="${outcome}">${issued.status.replace('_', ' ')}</span></h2><p class="sub">${figure('certificate.client.workers', { whole: true })} worker(s), busiest ${figure('certificate.client.cpu_share', { percent: true, digits: 0 })} of a core, ${figure('certificate.client.most_in_flight', { whole: true })} calls in flight at most, lateness p99 ${figure('certificate.client.lateness_ms.p99')} ms, send lag p99 ${figure('certificate.client.send_lag_ms.p99')} ms, longest collection ${figure('certificate.client.longest_gc_ms')} ms, round trip ${figure('certificate.client.rtt_ms')} ms</p>${reasons === '' ? '' : `<ul class="reasons">${reasons}</ul><br>`}<div class="scroll"><table><tr><th>figure</th><th>measured, ms</th><th>client error, ms</th><th>tolerated, ms</th><th>within</th></tr>${bounds.join('')}</table></div>`;
}

const SERVER_LINES = [
  ['most calls running', 'peak_running'],
  ['most waiting', 'peak_waiting'],
  ['KV cache at most', 'peak_kv_cache_usage'],
  ['GPU utilisation', 'mean_gpu_utilization'],
  ['energy in J', 'energy_joules'],
  ['preemptions', 'preemptions'],
  ['prefix cache hits', 'prefix_cache_hit_ratio'],
] as const;

function context(report: LoadTestRun, { text, figure }: HtmlFigures): string {
  const lines: string[] = [
    `${figure('tokens.input', { whole: true })} input tokens (${figure('tokens.cached_input', { whole: true })} cached), ${figure('tokens.output', { whole: true })} output tokens (${figure('tokens.reasoning', { whole: true })} reasoning); token counts from: ${text(
      Object.entries(report.tokens.calls_by_token_source)
        .map(([source, calls]) => `${source} ${calls}`)
        .join(', ') || 'none',
    )}`,
  ];
  for (const [index, { kind, status, message, hint }] of report.error_samples.entries()) {
    const told = [status === null ? kind : `${kind} ${status}`, message].filter((part) => part !== '');
    lines.push(
      `${figure(`error_samples.${index}.count`, { whole: true })} × ${text(told.join(': '))}${hint === null ? '' : ` (${text(hint)})`}`,
    );
  }
  if (report.goodput.bounds.length > 0) {
    lines.push(
      `Goodput: ${figure('goodput.good', { whole: true })} of ${figure('goodput.attempted', { whole: true })} calls met ${text(report.goodput.bounds.join(', '))}; ${figure('goodput.per_second')} a second`,
    );
  }
  if (report.cost !== null)
    lines.push(
      `Cost: ${figure('cost.total_usd', { dollars: true })} in all, ${figure('cost.per_1k_calls_usd', { dollars: true })} per 1,000 calls, ${figure('cost.per_1m_output_tokens_usd', { dollars: true })} per 1M output tokens`,
    );
  const told = SERVER_LINES.filter(([, key]) => typeof report.server?.[key] === 'number');
  if (told.length > 0)
    lines.push(`Server: ${told.map(([label, key]) => `${label} ${figure(`server.${key}`)}`).join(', ')}`);
  for (const [index, line] of report.reconciliation.lines.entries()) {
    lines.push(
      `Counted: ${text(line.what)} ${figure(`reconciliation.lines.${index}.client`, { whole: true })} here, ${figure(`reconciliation.lines.${index}.server`, { whole: true })} on the server`,
    );
  }
  if (report.contamination.calls > 0)
    lines.push(
      `Undeclared cache hits: ${figure('contamination.calls', { whole: true })} calls, ${figure('contamination.share_of_input', { percent: true })} of the input`,
    );
  if (report.steady_state !== null && !report.steady_state.reached)
    lines.push('The run did not become steady.');
  return `<h2>Context</h2><div class="card">${lines.map((line) => `<p class="sub">${line}</p>`).join('')}</div>`;
}
