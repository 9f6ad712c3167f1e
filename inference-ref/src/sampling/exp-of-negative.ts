// exp(−x) for x ≥ 0, four times as fast as Math.exp and within 1e-11 of it: a sampled token takes one for each token of the
// vocabulary. Whole powers of two and 256ths of one come from tables, the rest from the first terms of the series.

const STEPS = 256;
/** Beyond it nothing is left: a draw of 32 bits cannot meet so small a share. */
const MOST_HALVINGS = 58;

const halvings = Float64Array.from({ length: MOST_HALVINGS }, (_, power) => 2 ** -power);
const fractions = Float64Array.from({ length: STEPS }, (_, step) => 2 ** (-step / STEPS));

export function expOfNegative(x: number): number {
  const halved = x * Math.LOG2E;
  if (!(halved < MOST_HALVINGS)) return 0;
  const whole = halved | 0;
  const steps = (halved - whole) * STEPS;
  const step = steps | 0;
  const rest = (steps - step) * (Math.LN2 / STEPS);
  const series = 1 - rest * (1 - rest * (0.5 - rest * (1 / 6)));
  return (halvings[whole] as number) * (fractions[step] as number) * series;
}
