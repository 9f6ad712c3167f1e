// The scale of an axis of durations that reads well in minutes and hours; shorter ones the chart chooses well by itself.

const MINUTE_MS = 60_000;
const STEPS_MIN = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440];
const MOST_STEPS = 5;

/** Milliseconds, in the words of the chart; nothing where steps of round milliseconds or seconds do. */
export function durationScale(largestMs: number): { interval?: number; max?: number } {
  if (largestMs < 2 * MINUTE_MS) return {};
  const step = STEPS_MIN.find((minutes) => largestMs <= minutes * MINUTE_MS * MOST_STEPS);
  if (step === undefined) return {};
  const interval = step * MINUTE_MS;
  return { interval, max: Math.ceil(largestMs / interval) * interval };
}
