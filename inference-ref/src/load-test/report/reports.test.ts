import { type LoadComparison, LoadTestRun } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { storedErrorEffect } from '../compare/error-effect.ts';
import { computeRunFigures } from '../measure/run-figures.ts';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { issueCertificate } from '../verdict/certificate.ts';
import { computeGoodput } from '../verdict/goodput.ts';
import { judgeObjective } from '../verdict/judge-objective.ts';
import { judgeRun } from '../verdict/judge-run.ts';
import { parseObjective } from '../verdict/objective.ts';
import { buildReport, type ReportInput } from './build-report.ts';
import { csvOfCalls, jsonLinesOfCalls } from './call-lines.ts';
import { valueAt } from './html-figures.ts';
import { htmlReport } from './html-report.ts';
import { junitReport } from './junit-report.ts';
import { markdownReport } from './markdown-report.ts';
import { formatOtherDefinition, OTHER_DEFINITIONS } from './other-definitions.ts';
import { formatReport } from './terminal-table.ts';

const records = Array.from({ length: 120 }, (_, index) =>
  sampleCall({
    index,
    scheduledMs: index * 10,
    sentMs: index * 10 + 0.4,
    eventMs: [100, 121, 139 + (index % 7)].map((ms) => ms + index * 10),
    closedMs: 150 + index * 10,
    serverTiming: { queue: 10, prefill: 85 },
    error: index === 5 ? { kind: 'http_server_error', status: 500, message: '=cmd|<b>"boom"</b>' } : null,
  }),
);
const figures = computeRunFigures({ records, warmupMs: 0, cooldownMs: 0, rampUpMs: 0 });
const certificate = issueCertificate({
  figures,
  healths: [
    { lateness: new Float64Array(100), wallMs: 1000, cpuMs: 100, cpuWaitMs: 0, gcMs: 0, longestGcMs: 0 },
  ],
  calibrations: [],
  workers: 1,
  priority: 0,
  mostInFlight: 15,
  openSockets: 15,
  openFilesLimit: null,
  rttMs: 0.2,
  tolerance: 0.02,
  openLoop: true,
});
const objectives = ['ttft.p90<500ms', 'e2e.p50<10ms'].map((text) =>
  judgeObjective(parseObjective(text), {
    figures,
    bounds: [],
    cost: null,
    confidence: 0.95,
    clientError: certificate.clientError,
  }),
);
const verdict = judgeRun({
  objectives,
  certificate,
  requests: 120,
  errors: 1,
  invalidating: [],
  explanations: [],
  compared: false,
});
const input: ReportInput = {
  id: '019a0000-0000-7000-8000-000000000001',
  name: 'a <test> & more',
  startedAt: '2026-05-01T12:00:00.000001Z',
  endedAt: '2026-05-01T12:00:02.000001Z',
  target: { url: 'http://127.0.0.1:1/v1', model: 'm', api: 'openai-chat', connections: 'reuse' },
  load: { test: 'run', shape: 'constant rate', loop: 'open', description: 'd', workload: 'w', seed: 1 },
  figures,
  verdict,
  objectives,
  confidence: 0.95,
  certificate,
  goodput: computeGoodput(figures, []),
  server: null,
  cost: null,
  windowMs: 1000,
  cutShort: null,
  comparison: null,
  sweep: null,
};
const report = buildReport(input);

describe('the report', () => {
  it('is what the contract says, after a way through JSON too', () => {
    expect(LoadTestRun.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });
  it('holds the names that others script against', () => {
    for (const key of ['ttft_ms', 'tpot_ms', 'itl_ms', 'e2e_ms'] as const) {
      for (const stat of ['n', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const)
        expect(report[key][stat]).not.toBeNull();
    }
    expect(report).toMatchObject({
      verdict: 'FAIL',
      requests: 120,
      errors: 1,
      objectives: [{ outcome: 'pass' }, { outcome: 'fail' }],
      certificate: { status: 'valid' },
    });
  });
  it('finds the phases in server-timing', () => {
    expect(report.phases).toMatchObject({ source: 'server-timing', queue_ms: 10, prefill_ms: 85 });
    expect(report.phases.network_ms).toBeCloseTo(4.6);
  });
});

describe('the page', () => {
  const page = htmlReport(report, figures.measured);
  it('shows only numbers that stand in the JSON', () => {
    const shown = [...page.matchAll(/data-path="([^"]+)" data-value="([^"]*)"/g)];
    expect(shown.length).toBeGreaterThan(120);
    for (const [, path = '', value] of shown) expect(String(valueAt(report, path))).toBe(value);
  });
  it('needs no other address and runs no script', () => {
    const outside = page.replace(/http:\/\/127\.0\.0\.1:1\/v1/g, '');
    expect(outside).not.toMatch(/https?:\/\/|<script(?! type="application\/json")|@import|url\(/);
  });
  it('escapes what comes from outside', () => {
    expect(page).toContain('a &lt;test&gt; &amp; more');
    expect(page).not.toContain('<test>');
  });
});

describe('a run that was cut short', () => {
  const words = 'interrupted after 5 s of 600 s';
  const cut = buildReport({
    ...input,
    verdict: { verdict: 'INCONCLUSIVE', reasons: [words], moreRequests: null },
    objectives: [],
    cutShort: { cause: 'interrupted', afterMs: 5000, calls: 120 },
  });
  it('is marked in the JSON and said in words elsewhere', () => {
    expect(cut.cut_short).toEqual({ cause: 'interrupted', after_ms: 5000, calls: 120 });
    for (const text of [markdownReport(cut), formatReport(cut), junitReport(cut)])
      expect(text).toContain(words);
    expect(junitReport(cut)).toContain('errors="1"');
  });
});

describe('a run without an answer', () => {
  const calls = records.map((call) =>
    sampleCall({
      index: call.index,
      eventMs: [],
      error: { kind: 'connect_refused', status: null, message: 'connect ECONNREFUSED 127.0.0.1:9' },
    }),
  );
  const failed = buildReport({
    ...input,
    figures: computeRunFigures({ records: calls, warmupMs: 0, cooldownMs: 0, rampUpMs: 0 }),
    certificate: { ...certificate, status: 'not_applicable' },
  });
  it('shows no table of dashes and no certificate', () => {
    for (const text of [markdownReport(failed), formatReport(failed)]) {
      expect(text).not.toMatch(/TTFT/);
      expect(text).toMatch(/not applicable/);
    }
    expect(htmlReport(failed, [])).toContain('not applicable');
  });
});

describe('token counts', () => {
  const check = (name: string, tokens: Partial<LoadTestRun['tokens']>, words: RegExp): void => {
    it(name, () => {
      const lines = formatReport({ ...report, tokens: { ...report.tokens, ...tokens } });
      expect(lines).toMatch(words);
      expect(lines).not.toMatch(/[{}]/);
    });
  };
  check('say what an answered call got', {}, /input tokens: asked 10\.0, got 10\.1 a call/);
  check(
    'say that input is not reported instead of showing none',
    { input: 0 },
    /input tokens: asked 10\.0 a call; what it got, the server does not report/,
  );
  check(
    'say that figures are per event, and what mends it',
    { calls_by_token_source: { events: 119 } },
    /119 of 119 answers reported none.*TPOT and TPS are per event there; --tokenizer/,
  );
  check(
    'say what the tokenizer counted',
    { calls_by_token_source: { reported: 100, counted: 19 } },
    /19 of 119 answers reported none, --tokenizer counted them/,
  );
});

describe('other outputs', () => {
  it('JUnit counts failures and names each objective', () => {
    const xml = junitReport(report);
    expect(xml).toContain('tests="5" failures="1" errors="0"');
    expect(xml).toContain('name="e2e.p50&lt;10ms"');
  });
  it('Markdown and the terminal say the verdict and its reason', () => {
    for (const text of [markdownReport(report), formatReport(report)])
      expect(text).toMatch(/FAIL[\s\S]*e2e\.p50<10ms/);
  });
  it('CSV has a line a call and nothing that a spreadsheet runs', () => {
    const lines = [...csvOfCalls(records)].join('').trimEnd().split('\n');
    expect(lines).toHaveLength(121);
    expect(lines[0]?.split(',').length).toBe(lines[1]?.split(',').length);
  });
  it('JSONL keeps every event', () => {
    const first: unknown = JSON.parse([...jsonLinesOfCalls(records)].join('').split('\n')[0] ?? '');
    expect(first).toMatchObject({ eventMs: [100, 121, 139], eventTokens: [1, 1, 1] });
  });
});

describe('the errors of a comparison', () => {
  const effect = storedErrorEffect({
    before: { failed: 0, attempted: 120 },
    after: { failed: 60, attempted: 120 },
    maxIncrease: 0.01,
  });
  const comparison: LoadComparison = {
    ...{ kind: 'stored', baseline: 'before', candidate: 'this run', max_regression_percent: 5, blocks: 1 },
    ...{ arms: [], effects: [effect], attribution: [] },
  };
  const compared = { ...report, comparison };
  const check = (name: string, text: string, told: RegExp): void => {
    it(`stand in ${name}`, () => {
      expect(text).toMatch(told);
    });
  };
  check(
    'the terminal',
    formatReport(compared),
    /errors +0\.00 % +50\.0 % +\+50\.0 points +\+\d.*points +– +fail/,
  );
  check(
    'Markdown',
    markdownReport(compared),
    /\| errors \| ❌ \| 0\.00 % \| 50\.0 % \| 60 of 120 failed against 0/,
  );
  check('JUnit', junitReport(compared), /name="errors against before"><failure message="60 of 120 failed/);
  check('the page', htmlReport(compared, []), /<td>errors<\/td>.*>50\.0<\/span> points<\/td>/);
  check('the JSON', JSON.stringify(compared), /"measure":"errors","baseline":0,"candidate":50,/);
});

describe('other definitions', () => {
  const call = sampleCall({
    sentMs: 0,
    scheduledMs: -50,
    firstChoiceMs: 20,
    eventMs: [100, 140, 220],
    eventTokens: [4, 4, 2],
    closedMs: 230,
  });
  const check = (tool: keyof typeof OTHER_DEFINITIONS, name: string, expected: number): void => {
    it(`${tool}: ${name} is ${expected}`, () => {
      const measure = OTHER_DEFINITIONS[tool]
        .measures([call])
        .find((candidate) => candidate.name.startsWith(name));
      expect(measure?.values[0]).toBeCloseTo(expected, 9);
    });
  };
  check('vllm', 'TTFT', 20);
  check('vllm', 'TPOT', 200 / 9);
  check('vllm', 'ITL', 80);
  check('aiperf', 'Inter Token', 120 / 9);
  check('guidellm', 'TPOT', 22);
  check('guidellm', 'Request latency', 230);
  check('loadgen', 'First token', 150);
  check('loadgen', 'Sample', 270);
  it('prints them', () => {
    expect(formatOtherDefinition('vllm', [call])).toMatch(/TTFT \(ms\)\s+20\.0/);
  });
});
