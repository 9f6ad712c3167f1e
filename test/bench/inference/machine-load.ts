// The machine and what else runs on it, for the line below a table.
import { cpus, loadavg } from 'node:os';

export function describeMachine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
}

/** Runnable threads over the last minute, ours included: more than the cores means that something had to wait. */
export function loadAverage(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(2);
}
