// Options that do not go together, or that lack another one.
import type { LoadtestOptions } from './loadtest-options.ts';

export function contradictions(options: LoadtestOptions): string[] {
  const problems: string[] = [];
  const shapes = [
    options.concurrency !== undefined && '--concurrency',
    options.rate !== undefined && '--rate',
    options.users !== undefined && '--users',
    options.sessions !== undefined && '--sessions',
    options.trace !== undefined && '--trace',
    options.sweep !== undefined && '--sweep',
  ].filter((flag) => flag !== false);
  if (shapes.length > 1 && options.shape === undefined)
    problems.push(`${shapes.join(' and ')} are different load shapes: give one`);
  if (options.model === undefined && options.compare === undefined)
    problems.push('--model: needed (or --compare a,b)');
  if (options.arrivals !== undefined && options.rate === undefined && options.shape === undefined) {
    problems.push('--arrivals: goes with --rate or --shape');
  }
  if (options.shape !== undefined && options.duration === undefined)
    problems.push(`--shape ${options.shape}: needs --duration`);
  if (
    (options.shape === 'ramp' || options.shape === 'step') &&
    (options.fromRate === undefined || options.toRate === undefined)
  ) {
    problems.push(`--shape ${options.shape}: needs --from-rate and --to-rate`);
  }
  if (options.shape === 'spike' && (options.rate === undefined || options.toRate === undefined)) {
    problems.push('--shape spike: needs --rate (base) and --to-rate (peak)');
  }
  if (options.shape === 'soak' && options.rate === undefined) problems.push('--shape soak: needs --rate');
  if (options.sweep !== undefined && options.objective.length === 0 && options.objectivesFile === undefined) {
    problems.push('--sweep: needs at least one --objective to climb against');
  }
  if ((options.collector === undefined) !== (options.token === undefined))
    problems.push('--collector and --token: give both');
  if (
    options.trace === 'ledger' &&
    (options.collector === undefined || options.traceFrom === undefined || options.traceTo === undefined)
  )
    problems.push('--trace ledger: needs --collector, --token, --trace-from and --trace-to');
  const comparisons = [
    options.compare !== undefined && '--compare',
    (options.baselineUrl !== undefined || options.baselineModel !== undefined) && '--baseline-url',
    options.baseline !== undefined && '--baseline',
    options.sweep !== undefined && '--sweep',
  ].filter((flag) => flag !== false);
  if (comparisons.length > 1) problems.push(`${comparisons.join(' and ')} do not go together: give one`);
  if (options.compare !== undefined && options.compare.split(',').filter((name) => name !== '').length < 2) {
    problems.push('--compare: give at least two models, such as small,large');
  }
  return problems;
}
