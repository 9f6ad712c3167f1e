// Client and server measure the same TTFT, within what the client's certificate allows: its tolerance of the figure, its own
// error, and the way there, all measured in the same run.
import { nearestRank, sortedCopy } from '@tollgate/inference-ref/load-test/measure/percentile';
import { expect, it } from 'vitest';
import { runLoadtest } from '../e2e/run-loadtest.ts';
import { startInferenceProcess } from '../fakes/inference-process.ts';

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
