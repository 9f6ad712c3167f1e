// Where a call's time went: queue, prefill, decode, and what neither the server nor its metrics account for (network and client).
import type { LoadPhases } from '@tollgate/contract';
import type { MeasuredCall } from '../measure/run-figures.ts';
import type { ServerObservation } from './server-watch.ts';

const NONE: LoadPhases = {
  source: 'none',
  queue_ms: null,
  prefill_ms: null,
  decode_ms: null,
  network_ms: null,
};

/** Means over the calls given. `server-timing` tells each call; otherwise the metrics' growth tells the run as a whole. */
export function phasesOf(measured: readonly MeasuredCall[], server: ServerObservation | null): LoadPhases {
  const ok = measured.filter(({ call }) => call.error === null);
  const told = ok.filter(({ call }) => call.serverTiming !== null && callPhases(call.serverTiming) !== null);
  if (told.length > 0 && told.length >= 0.9 * ok.length) return fromServerTiming(told);
  return server === null ? NONE : fromMetrics(ok, server);
}

function callPhases(timing: Readonly<Record<string, number>>): { queue: number; prefill: number } | null {
  const prefill = timing['prefill'] ?? timing['ttft'];
  return prefill === undefined ? null : { queue: timing['queue'] ?? 0, prefill };
}

function fromServerTiming(told: readonly MeasuredCall[]): LoadPhases {
  const sums = { queue: 0, prefill: 0, decode: 0, network: 0 };
  for (const { call, metrics } of told) {
    const phases = callPhases(call.serverTiming ?? {}) ?? { queue: 0, prefill: 0 };
    sums.queue += phases.queue;
    sums.prefill += phases.prefill;
    sums.decode += call.serverTiming?.['decode'] ?? metrics.e2eMs - metrics.ttftMs;
    sums.network += metrics.ttftMs - phases.queue - phases.prefill;
  }
  return {
    source: 'server-timing',
    queue_ms: sums.queue / told.length,
    prefill_ms: sums.prefill / told.length,
    decode_ms: sums.decode / told.length,
    network_ms: sums.network / told.length,
  };
}

function fromMetrics(ok: readonly MeasuredCall[], { phaseMeanMs }: ServerObservation): LoadPhases {
  const { queue, prefill, decode } = phaseMeanMs;
  if (queue === null && prefill === null) return NONE;
  const meanE2eMs = ok.reduce((sum, { metrics }) => sum + metrics.e2eMs, 0) / Math.max(1, ok.length);
  const known = (queue ?? 0) + (prefill ?? 0) + (decode ?? 0);
  return {
    source: 'metrics',
    queue_ms: queue,
    prefill_ms: prefill,
    decode_ms: decode,
    network_ms: decode === null || ok.length === 0 ? null : meanE2eMs - known,
  };
}
