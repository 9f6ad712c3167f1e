// The load-test harness against the reference server: both count the same, and what the server says a call took lies
// within what the client saw. How close they are stands in test/timing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';
import { runLoadtest } from './run-loadtest.ts';

/** `server-timing` is rounded to a thousandth of a millisecond and a `dur` to a hundredth. */
const ROUNDING_MS = 0.05;

let server: InferenceProcess;
beforeAll(async () => {
  server = await startInferenceProcess({ INFERENCE_MAX_BATCH: '4' });
});
afterAll(async () => expect(await server.stop()).toBe(0));

it.each([
  ['a closed loop with more clients than rows', ['--concurrency', '8']],
  ['Poisson arrivals', ['--rate', '15', '--arrivals', 'poisson']],
])('agrees with the server about %s', async (_, load) => {
  const { report, calls, output } = await runLoadtest({
    args: [
      ...[
        '--url',
        `${server.url}/v1`,
        '--model',
        'tollgate-tiny',
        '--calibration',
        '0',
        '--tolerance',
        '1000%',
      ],
      ...['--requests', '60', '--input-tokens', 'normal:100,60', '--output-tokens', 'normal:40,25', ...load],
    ],
  });
  expect(report, output).toMatchObject({ errors: 0, contamination: { contaminated: false } });
  const { agrees, lines } = report?.reconciliation ?? {};
  expect(agrees).toBe(true);
  expect(lines?.map(({ what, difference }) => [what, difference])).toEqual([
    ['requests', 0],
    ['prompt tokens', 0],
    ['generated tokens', 0],
  ]);
  expect(calls).toHaveLength(60);
  for (const { serverTiming, sentMs, eventMs, closedMs } of calls) {
    const { queue = Number.NaN, prefill = Number.NaN, decode = Number.NaN } = serverTiming ?? {};
    expect(queue + prefill).toBeLessThanOrEqual((eventMs[0] ?? 0) - sentMs + ROUNDING_MS);
    expect(queue + prefill + decode).toBeLessThanOrEqual(closedMs - sentMs + ROUNDING_MS);
    expect(Math.min(queue, prefill, decode)).toBeGreaterThanOrEqual(0);
  }
});
