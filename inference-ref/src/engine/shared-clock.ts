// A clock that all threads of a process share: `performance.now` counts from each thread's own start, and what ties it to
// the wall clock moves when that is set.

/** Milliseconds with fractions since some moment; never goes back. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
