// One stack, looked at from every side: spans over OTLP gRPC, findings, advice, budgets, and an audit log that notices a flipped record.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { createClient } from '@clickhouse/client';
import type {
  AuditAnswer,
  BudgetsAnswer,
  CallsAnswer,
  FindingsAnswer,
  RecommendationsAnswer,
} from '@tollgate/contract';
import { formatUsd, parseUsd } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeteredUpstream, type MeteredUpstream } from '../fakes/metered-upstream.ts';
import { createOtlpReceiver, type OtlpReceiver } from '../fakes/otlp-receiver.ts';
import { root } from '../steps.ts';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';

const SECRET = 'sk-test-secret-that-must-not-travel';
const CARD = '4111 1111 1111 1111';
const LEAKED_KEY = `AKIA${'IOSFODNN7EXAMPLE'}`;

let upstream: MeteredUpstream;
let otlp: OtlpReceiver;
let stack: RunningStack;

beforeAll(async () => {
  upstream = await createMeteredUpstream();
  otlp = await createOtlpReceiver();
  stack = await startStack({
    args: ['--no-inference'],
    config: {
      upstreams: [{ name: 'main', provider: 'openai', baseUrl: upstream.url, default: true }],
      collector: {
        prices: [
          { provider: 'openai', model: 'model-a', meter: 'input', unitPriceUsd: '1000' },
          { provider: 'openai', model: 'model-a', meter: 'output', unitPriceUsd: '5000' },
        ],
      },
      budgets: [{ name: 'search per month', team: 'search', limitUsd: '0.5' }],
    },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url },
  });
});
afterAll(async () => {
  await stack?.stop();
  await upstream?.close();
  otlp?.close();
});

interface Sent {
  readonly status: number;
  readonly callId: string;
}

async function send(
  content: string,
  team: string,
  options: Record<string, unknown> = {},
  traceparent?: string,
): Promise<Sent> {
  const answer = await fetch(`${stack.sidecar}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${SECRET}`,
      'x-tollgate-team': team,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: JSON.stringify({ model: 'model-a', messages: [{ role: 'user', content }], ...options }),
  });
  await answer.text();
  return { status: answer.status, callId: answer.headers.get('x-tollgate-call-id') ?? '' };
}

async function costsOf(ids: readonly string[]): Promise<bigint[]> {
  const { calls } = await eventually(
    () => stack.query<CallsAnswer>('calls', { ...aroundNow(), limit: '500' }),
    ({ calls: found }) => ids.every((id) => found.some((call) => call.call_id === id)),
    5_000,
  );
  return ids.map((id) => parseUsd(calls.find((call) => call.call_id === id)?.cost_usd ?? 'none'));
}

describe('spans', () => {
  it('reach an OTLP gRPC receiver with GenAI attributes, the caller’s trace, and no secret', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await send('case 15', 'tracing', { max_tokens: 7 }, `00-${traceId}-b7ad6b7169203331-01`);
    await eventually(
      async () => otlp.spans.filter((span) => span.traceId === traceId),
      (found) => found.length > 0,
      15_000,
    );
    const span = otlp.spans.find((candidate) => candidate.traceId === traceId && candidate.kind === 3);
    expect(span).toMatchObject({
      name: 'chat model-a',
      parentSpanId: 'b7ad6b7169203331',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'model-a',
        'gen_ai.request.max_tokens': 7,
        'gen_ai.response.model': 'model-a',
        'gen_ai.usage.input_tokens': upstream.calls.at(-1)?.promptTokens,
        'gen_ai.usage.output_tokens': upstream.calls.at(-1)?.completionTokens,
      },
    });
    expect(JSON.stringify(otlp.spans)).not.toContain(SECRET);
  });
});

describe('the content filter', () => {
  it('flags a card number and an API key, and no ticket number', async () => {
    const guilty = await send(`case 1: charge ${CARD}, key ${LEAKED_KEY}`, 'support');
    const innocent = await send('case 2: ticket INC-4111-1111-2222 of order 1234567812345678', 'support');
    expect([guilty.status, innocent.status]).toEqual([200, 200]);
    const { findings } = await eventually(
      () => stack.query<FindingsAnswer>('findings', aroundNow()),
      (answer) => answer.findings.length >= 2,
      5_000,
    );
    expect(
      findings
        .filter((finding) => finding.call_id === guilty.callId)
        .map((finding) => finding.pattern)
        .sort(),
    ).toEqual(['aws_access_key', 'credit_card']);
    expect(findings.filter((finding) => finding.call_id === innocent.callId)).toEqual([]);
    expect(JSON.stringify(findings)).not.toMatch(/4111|AKIA/);
  });
});

describe('recommendations', () => {
  it('show planted repeats with their exact sum', async () => {
    const repeated = [];
    for (let index = 0; index < 4; index++)
      repeated.push((await send('case 100', 'eval', { temperature: 0 })).callId);
    await send('case 101', 'eval', { temperature: 0 });
    await send('case 100', 'eval', { temperature: 1 });
    const [, ...avoidable] = await costsOf(repeated);
    const expected = formatUsd(avoidable.reduce((sum, cost) => sum + cost, 0n));
    const { recommendations, spend_usd } = await stack.query<RecommendationsAnswer>(
      'recommendations',
      aroundNow(),
    );
    const repeats = recommendations.filter((advice) => advice.kind === 'exact_duplicates');
    expect(repeats).toHaveLength(1);
    expect(repeats[0]).toMatchObject({
      team: 'eval',
      model: 'model-a',
      saving_usd: expected,
      evidence: { calls: 3 },
    });
    expect(repeats[0]?.evidence.sample_call_ids).toEqual(repeated.slice(1));
    const savings = recommendations.reduce((sum, advice) => sum + parseUsd(advice.saving_usd), 0n);
    expect(savings <= parseUsd(spend_usd)).toBe(true);
  });
});

describe('a call that was given up and sent again', () => {
  it('shows as money spent on retries, at what the first attempt cost', async () => {
    const body = JSON.stringify({
      model: 'model-a',
      stream: true,
      messages: [
        { role: 'user', content: 'case 55, slowly: tell me all there is to tell about tolls and gates' },
      ],
    });
    const ask = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${stack.sidecar}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tollgate-team': 'impatient' },
        body,
        ...(signal === undefined ? {} : { signal }),
      });
    const impatience = new AbortController();
    const first = await ask(impatience.signal);
    await first.body?.getReader().read();
    impatience.abort();
    await (await ask()).text();
    const { recommendations } = await eventually(
      () => stack.query<RecommendationsAnswer>('recommendations', aroundNow()),
      (answer) => answer.recommendations.some((advice) => advice.team === 'impatient'),
      5_000,
    );
    const given = first.headers.get('x-tollgate-call-id') ?? '';
    const [cost = 0n] = await costsOf([given]);
    expect(cost > 0n).toBe(true);
    expect(recommendations.find((advice) => advice.team === 'impatient')).toMatchObject({
      kind: 'failed_calls',
      saving_usd: formatUsd(cost),
      evidence: { calls: 1, sample_call_ids: [given] },
    });
  });
});

describe('budgets', () => {
  it('follow the team’s spend and warn without refusing', async () => {
    const ids = [];
    for (let index = 0; index < 3; index++) ids.push((await send(`case ${7 + index}`, 'search')).callId);
    const spent = (await costsOf(ids)).reduce((sum, cost) => sum + cost, 0n);
    const { budgets } = await eventually(
      () => stack.query<BudgetsAnswer>('budgets'),
      (answer) => answer.budgets[0]?.spent_usd === formatUsd(spent),
    );
    expect(budgets).toHaveLength(1);
    expect(budgets[0]).toMatchObject({
      name: 'search per month',
      limit_usd: '0.5',
      spent_usd: formatUsd(spent),
      remaining_usd: formatUsd(parseUsd('0.5') - spent),
    });
  });
});

describe('the audit log', () => {
  const verify = async (): Promise<{ code: number; output: string }> => {
    const run = promisify(execFile);
    const args = ['bin/tollgate.mjs', 'audit', 'verify', '--url', stack.dashboard];
    try {
      const { stdout } = await run(process.execPath, args, {
        cwd: root,
        env: { ...process.env, TOLLGATE_ADMIN_TOKEN: stack.token },
      });
      return { code: 0, output: stdout };
    } catch (error) {
      const failure = error as { code: number; stdout: string; stderr: string };
      return { code: failure.code, output: failure.stdout + failure.stderr };
    }
  };

  it('holds an inference for each call and verifies', async () => {
    const { records } = await eventually(
      () => stack.query<AuditAnswer>('audit', { ...aroundNow(), limit: '1000' }),
      (answer) =>
        answer.records.filter((record) => record.type === 'model_inference').length >= upstream.calls.length,
      10_000,
    );
    expect(new Set(records.map((record) => record.type))).toEqual(
      new Set([
        ...['model_inference', 'content_filter', 'config_change'],
        ...records.map((record) => record.type),
      ]),
    );
    expect(JSON.stringify(records)).not.toContain(SECRET);
    expect(await verify()).toMatchObject({ code: 0 });
  });

  it('finds a record that was changed in the store', async () => {
    const credentials = embeddedCredentials(stack.dataDir);
    const client = createClient({ ...credentials, database: 'tollgate' });
    await client.command({
      query:
        "ALTER TABLE audit_log UPDATE user = 'somebody else' WHERE audit_seq = 3 SETTINGS mutations_sync = 2",
    });
    await client.close();
    const { code, output } = await verify();
    expect(code).toBe(1);
    expect(output).toMatch(/\b3\b/);
  });
});

/** The owner's way in: the collector keeps the engine's address and generated password beside its data, readable for the owner alone. */
function embeddedCredentials(dataDir: string): { url: string; username: string; password: string } {
  return JSON.parse(readFileSync(`${dataDir}/collector/events-endpoint.json`, 'utf8')) as {
    url: string;
    username: string;
    password: string;
  };
}
