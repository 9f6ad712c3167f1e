// Markdown for a CI summary or a pull-request comment.
import type { LoadDistribution, LoadTestRun } from '@tollgate/contract';
import {
  effectUnits,
  formatErrorSample,
  formatFigure,
  formatObjectiveValue,
  formatSweep,
} from './format-figure.ts';

const SIGNS = { pass: '✅', fail: '❌', inconclusive: '❔' } as const;

export function markdownReport(report: LoadTestRun): string {
  return [
    `## Load test: ${report.verdict}`,
    '',
    `**${escapeCell(report.name)}**: ${escapeCell(report.target.model)} at ${escapeCell(report.target.url)}, ${escapeCell(report.load.description)}.`,
    ...report.verdict_reasons.map((reason) => `- ${escapeCell(reason)}`),
    '',
    ...latencyTable(report),
    `${report.requests} calls, ${report.errors} errors, ${report.rps.toFixed(2)} calls/s, ${report.system_tps.toFixed(1)} tokens/s; client certificate ${report.certificate.status.replace('_', ' ')}.`,
    ...report.error_samples.map((sample) => `- ${escapeCell(formatErrorSample(sample))}`),
    ...objectiveTable(report),
    ...comparisonTable(report),
    ...(report.sweep === null ? [] : ['', formatSweep(report.sweep)]),
    '',
  ].join('\n');
}

/** Of a run without an answer there is none. */
function latencyTable(report: LoadTestRun): string[] {
  if (report.e2e_ms.n === 0) return [];
  const rows: readonly (readonly [string, LoadDistribution])[] = [
    ['TTFT, ms', report.ttft_ms],
    ['TPOT, ms', report.tpot_ms],
    ['ITL, ms', report.itl_ms],
    ['E2E, ms', report.e2e_ms],
    ['E2E from schedule, ms', report.e2e_scheduled_ms],
  ];
  const cells = (distribution: LoadDistribution): string =>
    (['mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const)
      .map((stat) => formatFigure(distribution[stat]))
      .join(' | ');
  return [
    '| measure | n | mean | p50 | p90 | p95 | p99 | max |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(([label, distribution]) => `| ${label} | ${distribution.n} | ${cells(distribution)} |`),
    '',
  ];
}

function objectiveTable(report: LoadTestRun): string[] {
  if (report.objectives.length === 0) return [];
  return [
    '',
    '| objective | | value | reason |',
    '| --- | --- | ---: | --- |',
    ...report.objectives.map(
      (judged) =>
        `| \`${escapeCell(judged.objective)}\` | ${SIGNS[judged.outcome]} ${judged.outcome} | ${formatObjectiveValue(judged)} | ${escapeCell(judged.reason)} |`,
    ),
  ];
}

function comparisonTable({ comparison }: LoadTestRun): string[] {
  if (comparison === null) return [];
  return [
    '',
    `| against ${escapeCell(comparison.baseline)} | | baseline | candidate | change |`,
    '| --- | --- | ---: | ---: | --- |',
    ...comparison.effects.map((effect) => {
      const { measure, outcome, baseline, candidate, reason } = effect;
      const { value: unit } = effectUnits(effect);
      return `| ${escapeCell(measure)} | ${SIGNS[outcome]} | ${formatFigure(baseline)}${unit} | ${formatFigure(candidate)}${unit} | ${escapeCell(reason)} |`;
    }),
  ];
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
