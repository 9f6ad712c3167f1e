import { describe, expect, it } from 'vitest';
import { windowLines } from './window-lines.ts';

const window = {
  from_ms: 0,
  finished: 30,
  errors: 10,
  output_tokens: 600,
  success_rate: 0.75,
  mean_e2e_ms: 900,
  mean_ttft_ms: null,
  in_flight: 4,
};
const run = {
  window_ms: 10_000,
  duration_ms: 20_000,
  windows: [window, { ...window, from_ms: 10_000, output_tokens: 0 }],
};

describe('windowLines', () => {
  it('gives rates a second, whatever the length of a window', () => {
    expect(windowLines(run, 'tokens')).toEqual([{ name: 'tokens/s', values: [60, 0] }]);
    expect(windowLines(run, 'calls').map(({ values }) => values[0])).toEqual([3, 4, 1]);
  });

  it('takes the last window as long as the run filled it, and leaves out a short rest', () => {
    const rates = (duration_ms: number) =>
      windowLines({ ...run, duration_ms, windows: [window, { ...window, from_ms: 10_000 }] }, 'tokens')[0]
        ?.values;
    expect(rates(16_000)).toEqual([60, 100]);
    expect(rates(10_100)).toEqual([60, null]);
    expect(windowLines({ ...run, duration_ms: 3_000, windows: [window] }, 'tokens')[0]?.values).toEqual([
      200,
    ]);
  });

  it('leaves a gap where no call tells', () => {
    expect(windowLines(run, 'latency').map(({ values }) => values[0])).toEqual([null, 900]);
  });
});
