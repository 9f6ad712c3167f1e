import { expect, it } from 'vitest';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { createRecordPacker, unpackRecords } from './record-batch.ts';

it('gives records back as they were, batch by batch, and sums them up for the progress line', () => {
  const packer = createRecordPacker();
  const error = { kind: 'dns', status: null, message: 'x' } as const;
  const [first, second, third] = [
    sampleCall({ index: 1 }),
    sampleCall({ index: 2, error }),
    sampleCall({ index: 3 }),
  ];
  expect(packer.take()).toBeNull();
  packer.add(first);
  packer.add(second);
  const batch = packer.take();
  packer.add(third);
  const next = packer.take();
  if (batch === null || next === null) throw new Error('a batch is missing');
  expect(unpackRecords(batch)).toEqual([first, second]);
  expect(unpackRecords(next)).toEqual([third]);
  expect(batch.summary).toMatchObject({ calls: 2, errors: 1 });
  expect([...batch.summary.ttftMs]).toEqual([(first.eventMs[0] ?? 0) - first.sentMs]);
});
