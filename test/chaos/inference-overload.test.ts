// Ten times as many requests as the server can answer, a part of whose senders leave: each of the others gets its answer
// or a refusal that says when to come back, and afterwards nothing is left over. The whole minute, and how quickly the
// server is itself again, stand in test/timing.
import { expect, it } from 'vitest';
import { startInferenceProcess } from '../fakes/inference-process.ts';
import { runOverload } from '../fakes/overload-run.ts';

it('answers or refuses everything at ten times its capacity, and gives slots and memory back', async () => {
  const server = await startInferenceProcess({ INFERENCE_MAX_QUEUE: '40', INFERENCE_MAX_BATCH: '8' });
  const { url } = server;
  const report = await runOverload({
    url,
    factor: 10,
    seconds: 12,
    capacityConcurrency: 24,
    capacitySeconds: 3,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.other).toEqual({});
  expect(report.unadvised).toBe(0);
  expect(report.answered + report.refused + report.left).toBe(report.sent);
  expect(report.answered).toBeGreaterThan(0);
  expect(report.refused).toBeGreaterThan(report.answered);
  expect(report.residentMb.after).toBeLessThan(1.25 * report.residentMb.before);
  expect(report.slabTokens).toBeLessThanOrEqual(8 * 1024);
  expect(await server.stop()).toBe(0);
});
