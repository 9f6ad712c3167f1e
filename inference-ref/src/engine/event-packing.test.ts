import { expect, it } from 'vitest';
import type { GenerationEvent } from './engine-events.ts';
import { packEvents, unpackEvents } from './event-packing.ts';

const token = (id: number, tokenId: number): GenerationEvent => ({
  ...{ kind: 'token', id, text: `t${tokenId}`, token: { tokenId } },
});
const finished = (id: number): GenerationEvent => ({
  ...{ kind: 'finished', id, reason: 'stop', stoppedBy: null, text: '', preemptions: 0 },
});
const withLogprob = (id: number): GenerationEvent => ({
  ...{ kind: 'token', id, text: 'x', token: { tokenId: 7, logprob: -1, top: [] } },
});

it('brings events across as they were and in their order, plain tokens side by side', () => {
  const events = [token(1, 5), token(2, 6), finished(2), withLogprob(3), token(1, 8)];
  const packed = packEvents(events);
  expect(packed).toHaveLength(4);
  expect(packed[0]).toEqual([1, 5, 't5', 2, 6, 't6']);
  const seen: GenerationEvent[] = [];
  unpackEvents(structuredClone(packed), (event) => seen.push(event));
  expect(seen).toEqual(events);
});
