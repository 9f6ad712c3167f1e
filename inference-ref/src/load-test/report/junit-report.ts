// JUnit XML: one test case an objective, one for the certificate, so that any CI shows what was missed.
import type { LoadTestRun } from '@tollgate/contract';
import { formatErrorSample, formatObjectiveValue } from './format-figure.ts';
import { escapeText } from './svg-frame.ts';

export function junitReport(report: LoadTestRun): string {
  const cases = [
    ...report.objectives.map((judged) => {
      const told = `${formatObjectiveValue(judged)}: ${judged.reason}`;
      const reason = judged.client_could_explain ? `${told}; the client could explain it` : told;
      const kind = judged.outcome === 'fail' ? 'failure' : 'error';
      return testCase(judged.objective, judged.outcome === 'pass' ? null : { kind, reason });
    }),
    ...(report.comparison?.effects ?? []).map(({ measure, outcome, reason }) =>
      testCase(
        `${measure} against ${report.comparison?.baseline ?? 'baseline'}`,
        outcome === 'pass' ? null : { kind: outcome === 'fail' ? 'failure' : 'error', reason },
      ),
    ),
    testCase(
      'calls are answered',
      report.errors > 0 && report.errors === report.requests
        ? {
            kind: 'failure',
            reason: report.error_samples.map(formatErrorSample).join('; '),
          }
        : null,
    ),
    testCase(
      'the run was whole',
      report.cut_short === null ? null : { kind: 'error', reason: report.verdict_reasons.join('; ') },
    ),
    testCase(
      'client certificate',
      report.verdict === 'INVALID' ? { kind: 'error', reason: report.verdict_reasons.join('; ') } : null,
    ),
  ];
  const failures = cases.filter((text) => text.includes('<failure')).length;
  const errors = cases.filter((text) => text.includes('<error')).length;
  const seconds = (report.duration_ms / 1000).toFixed(3);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tollgate loadtest" tests="${cases.length}" failures="${failures}" errors="${errors}" time="${seconds}">
  <testsuite name="${escapeText(report.name)}" tests="${cases.length}" failures="${failures}" errors="${errors}" time="${seconds}" timestamp="${report.started_at}">
${cases.join('\n')}
    <system-out>${escapeText([report.verdict, ...report.verdict_reasons].join('\n'))}</system-out>
  </testsuite>
</testsuites>
`;
}

function testCase(
  name: string,
  problem: { readonly kind: 'failure' | 'error'; readonly reason: string } | null,
): string {
  const head = `    <testcase classname="loadtest" name="${escapeText(name)}"`;
  if (problem === null) return `${head}/>`;
  return `${head}><${problem.kind} message="${escapeText(problem.reason)}"/></testcase>`;
}
