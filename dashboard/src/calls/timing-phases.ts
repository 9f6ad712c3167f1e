// Cuts the duration of one call into the phases that a person can do something about. Milliseconds throughout.
import type { LlmCall } from '@tollgate/contract';

export type PhaseName = 'gateway' | 'connect' | 'first_byte' | 'first_token' | 'generation';

export interface TimingPhase {
  name: PhaseName;
  startMs: number;
  lengthMs: number;
}

type Timing = Pick<
  LlmCall,
  | 'gateway_queue_ms'
  | 'connect_ms'
  | 'time_to_first_byte_ms'
  | 'time_to_first_reasoning_ms'
  | 'time_to_first_answer_ms'
  | 'duration_ms'
>;

/**
 * Consecutive phases that add up to `duration_ms`: our queue, the connection, the wait for the first byte,
 * from there to the first token (of either kind), and the rest. Phases without a measured border run into the next one.
 */
export function timingPhases(call: Timing): TimingPhase[] {
  const firstToken = earliest(call.time_to_first_reasoning_ms, call.time_to_first_answer_ms);
  const borders: [PhaseName, number | null][] = [
    ['gateway', call.gateway_queue_ms],
    ['connect', call.connect_ms === null ? null : call.gateway_queue_ms + call.connect_ms],
    ['first_byte', call.time_to_first_byte_ms],
    ['first_token', firstToken],
    ['generation', call.duration_ms],
  ];
  const phases: TimingPhase[] = [];
  let startMs = 0;
  for (const [name, border] of borders) {
    if (border === null) continue;
    const endMs = Math.min(Math.max(border, startMs), call.duration_ms);
    if (endMs > startMs) phases.push({ name, startMs, lengthMs: endMs - startMs });
    startMs = endMs;
  }
  return phases;
}

function earliest(one: number | null, two: number | null): number | null {
  if (one === null) return two;
  return two === null ? one : Math.min(one, two);
}

/** Generated tokens a second after the first one; null where too little was generated to tell. */
export function tokensPerSecond(call: Timing, outputTokens: number): number | null {
  const firstToken = earliest(call.time_to_first_reasoning_ms, call.time_to_first_answer_ms);
  if (firstToken === null || outputTokens < 2) return null;
  const generationMs = call.duration_ms - firstToken;
  return generationMs <= 0 ? null : ((outputTokens - 1) / generationMs) * 1000;
}
