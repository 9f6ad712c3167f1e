// Turns the windows of a report into lines over time; rates are a second, whatever a window's length.
import type { LoadTestRun, LoadWindow } from '@tollgate/contract';
import type { OverTimeFigure } from './load-tests-search.ts';

export interface WindowLine {
  name: string;
  /** One value a window; null where no call tells. */
  values: (number | null)[];
}

type Windows = Pick<LoadTestRun, 'windows' | 'window_ms' | 'duration_ms'>;
/** Less of the last window than this tells no rate. */
const SHORTEST_SHARE = 0.5;

export function windowLines(run: Windows, figure: OverTimeFigure): WindowLine[] {
  const line = (name: string, pick: (window: LoadWindow) => number | null) => ({
    name,
    values: run.windows.map(pick),
  });
  const rate = (name: string, pick: (window: LoadWindow) => number) =>
    line(name, (window) => {
      const ms = lengthMs(run, window);
      return ms === null ? null : (pick(window) * 1000) / ms;
    });
  switch (figure) {
    case 'tokens':
      return [rate('tokens/s', ({ output_tokens }) => output_tokens)];
    case 'calls':
      return [
        rate('finished a second', ({ finished }) => finished),
        line('in flight', ({ in_flight }) => in_flight),
        rate('errors a second', ({ errors }) => errors),
      ];
    case 'latency':
      return [
        line('mean TTFT', ({ mean_ttft_ms }) => mean_ttft_ms),
        line('mean E2E', ({ mean_e2e_ms }) => mean_e2e_ms),
      ];
  }
}

/** How much of a window the run filled; null for a rest at its end that is too short to tell a rate. */
function lengthMs({ windows, window_ms, duration_ms }: Windows, { from_ms }: LoadWindow): number | null {
  const filledMs = Math.min(window_ms, duration_ms - from_ms);
  return filledMs >= window_ms * SHORTEST_SHARE || (windows.length === 1 && filledMs > 0) ? filledMs : null;
}
