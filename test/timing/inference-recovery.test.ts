// How quickly the reference server is itself again after a minute at ten times its capacity. What waits in the queue,
// here well under a second of work, comes first.
import { expect, it } from 'vitest';
import { startInferenceProcess } from '../fakes/inference-process.ts';
import { runOverload } from '../fakes/overload-run.ts';

it('bears a minute of ten times its capacity and answers again within a second', async () => {
  const server = await startInferenceProcess({ INFERENCE_MAX_QUEUE: '16', INFERENCE_MAX_BATCH: '8' });
  const { url } = server;
  const report = await runOverload({
    url,
    factor: 10,
    seconds: 60,
    capacityConcurrency: 16,
    capacitySeconds: 5,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ other: {}, unadvised: 0 });
  expect(report.recoveredAfterMs).toBeLessThan(1000);
  expect(report.residentMb.after).toBeLessThan(1.1 * report.residentMb.before);
  // Refusing is cheap: most of the capacity still goes into answers.
  expect(report.answered).toBeGreaterThan(0.5 * report.capacityPerSecond * 60);
  expect(await server.stop()).toBe(0);
});
