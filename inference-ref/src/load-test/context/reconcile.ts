// Two cross-checks of what was measured: do client and server count the same, and were new prompts served from a cache?
import type { LoadTestRun } from '@tollgate/contract';
import type { CallRecord } from '../measure/call-record.ts';
import type { ServerObservation } from './server-watch.ts';

/** Differences up to this share are other clients' health checks and calls still in flight at a scrape. */
const AGREEMENT = 0.01;
/** More than this share of the input from a cache that nobody declared makes the run say something else. */
const CONTAMINATION = 0.01;

export function reconcile(
  records: readonly CallRecord[],
  server: ServerObservation | null,
): LoadTestRun['reconciliation'] {
  if (server === null) return { agrees: null, lines: [] };
  const ok = records.filter((call) => call.error === null);
  const sum = (pick: (call: CallRecord) => number): number =>
    ok.reduce((total, call) => total + pick(call), 0);
  const compared: readonly (readonly [string, number, number | null])[] = [
    ['requests', ok.length, server.grown.requests],
    ['prompt tokens', sum((call) => call.inputTokens ?? 0), server.grown.promptTokens],
    ['generated tokens', sum((call) => call.outputTokens), server.grown.generationTokens],
  ];
  const lines = compared.flatMap(([what, client, told]) =>
    told === null ? [] : [{ what, client, server: told, difference: client - told }],
  );
  const agrees =
    lines.length === 0
      ? null
      : lines.every(({ client, difference }) => Math.abs(difference) <= AGREEMENT * Math.max(1, client));
  return { agrees, lines };
}

export function findContamination(records: readonly CallRecord[]): LoadTestRun['contamination'] {
  const undeclared = records.filter((call) => !call.cacheExpected && (call.cachedInputTokens ?? 0) > 0);
  const cached = undeclared.reduce((sum, call) => sum + (call.cachedInputTokens ?? 0), 0);
  const input = records.reduce((sum, call) => sum + (call.inputTokens ?? 0), 0);
  const share = input === 0 ? 0 : cached / input;
  return {
    calls: undeclared.length,
    cached_input_tokens: cached,
    share_of_input: share,
    contaminated: share > CONTAMINATION,
  };
}
