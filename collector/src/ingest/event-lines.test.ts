import { describe, expect, it } from 'vitest';
import { deriveAuditEvents } from './derive-audit-events.ts';
import { readEventLines } from './event-lines.ts';

const nowMs = Date.parse('2026-05-01T12:00:00Z');
const call = {
  kind: 'llm_call',
  call_id: '019a0000-0000-7000-8000-000000000001',
  sidecar_id: 'sc',
  boot_id: '019a0000-0000-7000-8000-000000000002',
  seq: 0,
  started_at: '2026-05-01T11:59:59.123456Z',
  provider: 'openai',
  upstream: 'openai',
  api: 'openai.chat_completions',
  stream: false,
  status: 200,
  outcome: 'ok',
  usage_source: 'reported',
  duration_ms: 1,
};
const finding = {
  kind: 'filter_finding',
  finding_id: '019a0000-0000-7000-8000-000000000003',
  call_id: call.call_id,
  occurred_at: '2026-05-01T11:59:59Z',
  sidecar_id: 'sc',
  direction: 'request',
  category: 'secret',
  pattern: 'api_key',
  severity: 'high',
  action: 'flagged',
  match_start: 0,
  match_length: 4,
  match_digest: 'd',
};

function read(...lines: (object | string)[]) {
  return readEventLines(
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    nowMs,
  );
}

describe('readEventLines', () => {
  it('sorts events by kind and remembers where they stood', () => {
    const lines = read('', call, finding);
    expect([lines.calls.length, lines.findings.length, lines.unstorable.length]).toEqual([1, 1, 0]);
    expect(lines.lineOf.get(lines.findings[0] ?? {})).toBe(3);
  });

  it('mends half surrogate pairs in keys and values, which no database can hold', () => {
    const [stored] = read(
      `${JSON.stringify(call).slice(0, -1)},"team":"a\\ud800","tags":{"k\\udfff":"v"}}`,
    ).calls;
    expect(stored).toMatchObject({ team: 'a\ufffd', tags: { 'k\ufffd': 'v' } });
  });

  it('tells the first problems of a line and how many more there are', () => {
    const tags = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]));
    const problems = read({ ...call, tags }).unstorable[0]?.problems ?? [];
    expect([problems.length, problems.at(-1)]).toEqual([11, 'and 4990 more']);
  });

  it.each([
    ['broken JSON', '{"kind":', /not valid JSON/],
    ['an unknown kind', { kind: 'nonsense' }, /kind/],
    ['a missing field', { ...call, seq: undefined }, /seq/],
    ['a count that no call has', { ...call, output_text_tokens: 1_000_000_001 }, /output_text_tokens/],
    ['a day that no month has', { ...call, started_at: '2026-02-30T00:00:00Z' }, /no such time/],
    ['an hour that no day has', { ...call, started_at: '2026-02-01T24:00:00Z' }, /no such time/],
    ['a clock days ahead', { ...call, started_at: '2026-05-02T12:00:01Z' }, /future/],
    ['a time before there were models', { ...call, started_at: '1999-12-31T23:59:59Z' }, /before/],
  ])('keeps %s aside and lets the rest pass', (_, bad, problem) => {
    const lines = read(call, bad, finding);
    expect(lines.unstorable).toMatchObject([{ line: 2, problems: [expect.stringMatching(problem)] }]);
    expect([lines.calls.length, lines.findings.length]).toEqual([1, 1]);
  });

  it('mends half a surrogate pair and leaves whole ones', () => {
    const text = JSON.stringify({ ...call, team: 'A', user: '😀' }).replace(
      '"A"',
      '"a\\ud800b\\ud83d\\ude00"',
    );
    expect(read(text).calls[0]).toMatchObject({ team: 'a\ufffdb😀', user: '😀' });
  });
});

describe('deriveAuditEvents', () => {
  const lines = read(call, { ...call, api: 'unknown', outcome: 'rate_limited', status: 429 }, finding);

  it('tells an inference from a plain request, and a refusal from a success', () => {
    expect(deriveAuditEvents(lines, { calls: true, findings: true })).toMatchObject([
      { type: 'model_inference', status: 'success', occurred_at: call.started_at },
      { type: 'api_request', status: 'denied' },
      { type: 'content_filter', resource: `call/${call.call_id}` },
    ]);
  });

  it('gives the same ids each time and derives what is switched on only', () => {
    const ids = () =>
      deriveAuditEvents(lines, { calls: true, findings: false }).map((event) => event.event_id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(2);
  });
});
