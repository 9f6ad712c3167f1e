import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createUntilClosed } from './until-closed.ts';

test('an item is open until it closes, in whatever order items close', () => {
  let emptied = 0;
  const open = createUntilClosed<EventEmitter>(() => {
    emptied += 1;
  });
  const items = Array.from({ length: 5 }, () => new EventEmitter());
  for (const item of items) open.add(item);
  const found = (): Set<EventEmitter> => {
    const seen = new Set<EventEmitter>();
    open.each((item) => seen.add(item));
    expect(seen.size).toBe(open.size());
    return seen;
  };
  expect(found()).toEqual(new Set(items));
  for (const index of [1, 4, 0, 3]) {
    items[index]?.emit('close');
    items[index]?.emit('close');
  }
  expect(found()).toEqual(new Set([items[2]]));
  expect(emptied).toBe(0);
  items[2]?.emit('close');
  expect(found()).toEqual(new Set());
  expect(emptied).toBe(1);
});
