// JUnit XML: one test case an objective, one for the certificate, so that any CI shows what was missed.
import type { LoadTestRun } from '@tollgate/contract';
import { escapeText } from './svg-frame.ts';

export function junitReport(report: LoadTestRun): string {
  const cases = [
    ...report.objectives.map(({ objective, outcome, reason, client_could_explain: explained }) =>
      testCase(
        objective,
        outcome === 'pass'
          ? null
          : {
              kind: outcome === 'fail' ? 'failure' : 'error',
              reason: explained ? `${reason}; the client could explain it` : reason,
            },
      ),
    ),
    ...(report.comparison?.effects ?? []).map(({ measure, outcome, reason }) =>
      testCase(
        `${measure} against ${report.comparison?.baseline ?? 'baseline'}`,
        outcome === 'pass' ? null : { kind: outcome === 'fail' ? 'failure' : 'error', reason },
      ),
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
