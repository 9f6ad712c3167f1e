// GPUs over time on a real store, where samples come again in other batches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCollector, type TestCollector } from '../collector-test-kit.ts';

const RANGE = 'from=2026-05-01T12:00:00Z&to=2026-05-01T13:00:00Z';
const sampleAt = (second: number, utilization_pct: number): object => ({
  kind: 'gpu_sample',
  sampled_at: `2026-05-01T12:00:${second}Z`,
  sidecar_id: 'sidecar-1',
  host: 'h',
  gpu_index: 0,
  gpu_uuid: 'GPU-1',
  gpu_name: 'n',
  utilization_pct,
});

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector({ retention: { gpuSamplesDays: 36_500 } });
});
afterAll(() => collector.stop());

it('counts a sample once, however often a spool is read again', async () => {
  await collector.send({ id: 'first', lines: [sampleAt(10, 0), sampleAt(20, 100)] });
  for (const id of ['again', 'once-more']) {
    await collector.send({ id, lines: [sampleAt(20, 100)], replay: true });
  }
  expect(await collector.ask(`gpus?${RANGE}`)).toMatchObject({
    gpus: [{ gpu_uuid: 'GPU-1', utilization_pct: 100 }],
    series: [{ bucket: '2026-05-01T12:00:00Z', utilization_pct: 50 }],
  });
});
