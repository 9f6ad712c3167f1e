// Client and server measure the same TTFT, within what the client's certificate allows: its tolerance of the figure, its own
// error, and the way there, all measured in the same run. And the server's stages add up to what a request took of it.
import { nearestRank, sortedCopy } from '@tollgate/inference-ref/load-test/measure/percentile';
import { expect, it } from 'vitest';
import { runLoadtest } from '../e2e/run-loadtest.ts';
import { startInferenceProcess } from '../fakes/inference-process.ts';
import { createOtlpReceiver } from '../fakes/otlp-receiver.ts';

const INTERNAL = 1;
const SERVER = 2;

it('agrees about TTFT where requests wait for a row', async () => {
  const server = await startInferenceProcess({ INFERENCE_MAX_BATCH: '8' });
  const { report, calls, output } = await runLoadtest({
    args: [
      ...[
        '--url',
        `${server.url}/v1`,
        '--model',
        'tollgate-tiny',
        '--concurrency',
        '24',
        '--requests',
        '480',
      ],
      ...['--input-tokens', 'normal:100,60', '--output-tokens', 'normal:60,30'],
    ],
  });
  expect(await server.stop()).toBe(0);
  if (report === null) throw new Error(output);
  expect(report.reconciliation.agrees).toBe(true);
  const { certificate } = report;
  const told = calls.map(
    ({ serverTiming }) => (serverTiming?.['queue'] ?? Number.NaN) + (serverTiming?.['prefill'] ?? 0),
  );
  const seen = calls.map(({ eventMs, sentMs }) => (eventMs[0] ?? Number.NaN) - sentMs);
  for (const [name, fraction] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const client = nearestRank(sortedCopy(seen), fraction);
    const serverSide = nearestRank(sortedCopy(told), fraction);
    const bound = certificate.bounds.find(({ figure }) => figure === `ttft ${name}`);
    const way = Math.max(...certificate.calibrations.map(({ request_way_ms: each }) => each[name] ?? 0));
    const allowed = (bound?.tolerated_ms ?? 0) + certificate.client_error_ms[name] + way;
    process.stdout.write(
      `TTFT ${name}: client ${client.toFixed(1)}, server ${serverSide.toFixed(1)}, allowed apart ${allowed.toFixed(1)} ms, certificate ${certificate.status}\n`,
    );
    expect(Math.abs(client - serverSide)).toBeLessThan(allowed);
  }
});

it('accounts for what a request took: queue, prefill and decode are all but a fiftieth of it', async () => {
  const otlp = await createOtlpReceiver();
  const server = await startInferenceProcess({
    INFERENCE_MAX_BATCH: '8',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
  });
  const load = ['--url', `${server.url}/v1`, '--model', 'tollgate-tiny', '--calibration', '0'];
  const lengths = ['--input-tokens', 'normal:100,60', '--output-tokens', 'normal:60,30'];
  await runLoadtest({ args: [...load, ...lengths, '--concurrency', '12', '--requests', '400'] });
  expect(await server.stop()).toBe(0);
  otlp.close();
  const requests = otlp.spans.filter(
    ({ kind, attributes }) => kind === SERVER && attributes['tollgate.outcome'] === 'ok',
  );
  const staged = new Map<string, number>();
  for (const { kind, parentSpanId, durationMs } of otlp.spans) {
    if (kind === INTERNAL) staged.set(parentSpanId, (staged.get(parentSpanId) ?? 0) + durationMs);
  }
  const unexplained = requests.map(({ spanId, durationMs }) => 1 - (staged.get(spanId) ?? 0) / durationMs);
  const close = unexplained.filter((share) => Math.abs(share) <= 0.02).length / requests.length;
  const worst = nearestRank(sortedCopy(unexplained), 0.99);
  process.stdout.write(
    `${requests.length} requests, ${(100 * close).toFixed(1)} % within 2 %, p99 ${(100 * worst).toFixed(2)} %\n`,
  );
  expect(requests.length).toBeGreaterThan(390);
  expect(close).toBeGreaterThanOrEqual(0.99);
});
