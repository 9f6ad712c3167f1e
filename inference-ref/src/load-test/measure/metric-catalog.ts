// The measures by the names that objectives and reports use, and how to get each from a call. One table for all of them.
import type { CallMetrics } from './call-metrics.ts';

export interface CallMeasure {
  readonly name: string;
  readonly jsonKey: string;
  readonly label: string;
  readonly unit: 'ms' | 'tokens/s';
  readonly value: (metrics: CallMetrics) => number;
  /** Lateness of the client makes it larger (`inflates`), moves it either way (`both`), or is the thing measured (`itself`). */
  readonly clientError: 'inflates' | 'both' | 'itself';
}

export const CALL_MEASURES = [
  {
    name: 'ttft',
    jsonKey: 'ttft_ms',
    label: 'TTFT',
    unit: 'ms',
    value: (m) => m.ttftMs,
    clientError: 'inflates',
  },
  {
    name: 'ttft_scheduled',
    jsonKey: 'ttft_scheduled_ms',
    label: 'TTFT from schedule',
    unit: 'ms',
    value: (m) => m.ttftScheduledMs,
    clientError: 'inflates',
  },
  {
    name: 'ttfo',
    jsonKey: 'ttfo_ms',
    label: 'TTFO (first answer)',
    unit: 'ms',
    value: (m) => m.ttfoMs,
    clientError: 'inflates',
  },
  {
    name: 'ttst',
    jsonKey: 'ttst_ms',
    label: 'TTST (second event)',
    unit: 'ms',
    value: (m) => m.ttstMs,
    clientError: 'both',
  },
  {
    name: 'tpot',
    jsonKey: 'tpot_ms',
    label: 'TPOT',
    unit: 'ms',
    value: (m) => m.tpotMs,
    clientError: 'both',
  },
  {
    name: 'stall',
    jsonKey: 'stall_ms',
    label: 'Longest stall',
    unit: 'ms',
    value: (m) => m.longestStallMs,
    clientError: 'both',
  },
  {
    name: 'e2e',
    jsonKey: 'e2e_ms',
    label: 'E2E',
    unit: 'ms',
    value: (m) => m.e2eMs,
    clientError: 'inflates',
  },
  {
    name: 'e2e_scheduled',
    jsonKey: 'e2e_scheduled_ms',
    label: 'E2E from schedule',
    unit: 'ms',
    value: (m) => m.e2eScheduledMs,
    clientError: 'inflates',
  },
  {
    name: 'close',
    jsonKey: 'close_ms',
    label: 'Stream close',
    unit: 'ms',
    value: (m) => m.closeMs,
    clientError: 'inflates',
  },
  {
    name: 'tps_per_user',
    jsonKey: 'tps_per_user',
    label: 'TPS per user (1/TPOT)',
    unit: 'tokens/s',
    value: (m) => m.tpsPerUser,
    clientError: 'both',
  },
  {
    name: 'tps_per_call',
    jsonKey: 'tps_per_call',
    label: 'TPS per call (N/E2E)',
    unit: 'tokens/s',
    value: (m) => m.tpsPerCall,
    clientError: 'both',
  },
  {
    name: 'send_lag',
    jsonKey: 'send_lag_ms',
    label: 'Send lag',
    unit: 'ms',
    value: (m) => m.sendLagMs,
    clientError: 'itself',
  },
] as const satisfies readonly CallMeasure[];

export type CallMeasureName = (typeof CALL_MEASURES)[number]['name'];

export function findCallMeasure(name: string): CallMeasure | undefined {
  return CALL_MEASURES.find((measure) => measure.name === name);
}
