// How much of a period has gone by.

/** 0 to 1, by RFC 3339 bounds. */
export function elapsedRatio(start: string, end: string, nowMs: number): number {
  const startMs = Date.parse(start);
  const lengthMs = Date.parse(end) - startMs;
  return lengthMs <= 0 ? 1 : Math.min(1, Math.max(0, (nowMs - startMs) / lengthMs));
}
