import { expect, it } from 'vitest';
import { createLiveRefresher } from './live-refresher.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

it('refetches once for a burst of changes, and once more for those that came meanwhile', async () => {
  let finish = () => {};
  let refetches = 0;
  const refresher = createLiveRefresher({
    queryClient: {
      refetchQueries: () => {
        refetches += 1;
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    },
    wait: () => Promise.resolve(),
  });
  refresher.changed();
  refresher.changed();
  refresher.changed();
  expect(refetches).toBe(1);
  finish();
  await settle();
  expect(refetches).toBe(2);
  finish();
  await settle();
  expect(refetches).toBe(2);
  refresher.changed();
  expect(refetches).toBe(3);
});
