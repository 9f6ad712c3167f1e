import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveProgress } from './live-progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const batch = (calls: number) => ({
  calls,
  errors: 1,
  outputTokens: 10 * calls,
  ttftMs: Float64Array.of(5, 7, 9),
});

function progressTo(lines: string[], interactive: boolean) {
  return createLiveProgress({ write: (text) => lines.push(text), interactive, nowMs: () => Date.now() });
}

describe('progress', () => {
  it('rewrites one line on a terminal', () => {
    const lines: string[] = [];
    const progress = progressTo(lines, true);
    progress.begin('load', { requests: 40, durationMs: null, brief: false });
    progress.take(batch(20));
    vi.advanceTimersByTime(1000);
    progress.end();
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.every((line) => line.startsWith('\r'))).toBe(true);
    expect(lines.at(-1)).toMatch(
      /load █{12}░{12} 20\/40 calls {2}1 errors {2}TTFT p50 7 ms {2}200 tokens\/s {2}1 s\n$/,
    );
  });

  it('writes to a log every ten seconds and at the end', () => {
    const lines: string[] = [];
    const progress = progressTo(lines, false);
    progress.begin('load', { requests: null, durationMs: 25_000, brief: false });
    vi.advanceTimersByTime(25_000);
    progress.end();
    expect(lines).toHaveLength(3);
  });

  it('writes to a log of many short loads only every ten seconds', () => {
    const lines: string[] = [];
    const progress = progressTo(lines, false);
    for (let block = 1; block <= 15; block += 1) {
      progress.begin(`block ${block}`, { requests: 10, durationMs: null, brief: true });
      vi.advanceTimersByTime(2000);
      progress.end();
    }
    expect(lines.map((line) => line.split(' ', 2).join(' '))).toEqual(['block 1', 'block 6', 'block 11']);
  });
});
