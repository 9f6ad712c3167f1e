// The events of one answer in typed arrays, which the collector need not walk; used again for later answers.

export interface EventLog {
  count: number;
  atMs: Float64Array;
  /** Tokens that the server told; NaN where it was silent. */
  toldTokens: Float64Array;
  /** In the units of a JavaScript string. */
  textLengths: Float64Array;
}

const FIRST_CAPACITY = 128;

export function createEventLog(): EventLog {
  return {
    count: 0,
    atMs: new Float64Array(FIRST_CAPACITY),
    toldTokens: new Float64Array(FIRST_CAPACITY),
    textLengths: new Float64Array(FIRST_CAPACITY),
  };
}

export function logEvent(log: EventLog, atMs: number, toldTokens: number, textLength: number): void {
  const index = log.count;
  if (index === log.atMs.length) grow(log);
  log.atMs[index] = atMs;
  log.toldTokens[index] = toldTokens;
  log.textLengths[index] = textLength;
  log.count = index + 1;
}

function grow(log: EventLog): void {
  log.atMs = doubled(log.atMs);
  log.toldTokens = doubled(log.toldTokens);
  log.textLengths = doubled(log.textLengths);
}

function doubled(values: Float64Array): Float64Array {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
