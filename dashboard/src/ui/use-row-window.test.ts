import { describe, expect, it } from 'vitest';
import { visibleRows } from './use-row-window.ts';

describe('visibleRows', () => {
  it('holds the rows on screen and some on either side', () => {
    expect(visibleRows({ scrolledPx: 4000, viewportPx: 800, rowHeightPx: 40 })).toEqual({
      first: 88,
      end: 132,
    });
  });

  it('starts at the first row while the list is still below the top of the screen', () => {
    expect(visibleRows({ scrolledPx: -300, viewportPx: 800, rowHeightPx: 40 })).toEqual({
      first: 0,
      end: 25,
    });
  });
});
