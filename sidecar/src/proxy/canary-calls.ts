// The canary's calls take the whole way of a call but for its last step: they are encoded and then forgotten, since they are
// nobody's traffic. They have no sequence number, and no metric counts them.
import { CANARY_UPSTREAM } from '../canary/canary-upstream.ts';
import type { CallMetrics } from '../telemetry/call-metrics.ts';
import { encodeCall } from '../telemetry/encode-event.ts';
import type { EventRecorder } from '../telemetry/event-recorder.ts';
import type { CallSink, CallState } from './call-state.ts';

/** Follows calls with `canary` where the canary made them, else with `calls`. */
export function apartFromCanary(calls: CallSink, canary: CallSink): CallSink {
  const sinkOf = (call: CallState): CallSink => (call.upstream === CANARY_UPSTREAM ? canary : calls);
  return {
    begin(call, request) {
      sinkOf(call).begin(call, request);
    },
    upstreamHeaders(call) {
      return sinkOf(call).upstreamHeaders(call);
    },
    sent(call) {
      sinkOf(call).sent(call);
    },
    finish(call, end) {
      sinkOf(call).finish(call, end);
    },
    settle() {
      calls.settle();
      canary.settle();
    },
  };
}

/** Does what recording a call costs, the write to disk excepted, and keeps nothing. */
export function createForgetfulRecorder(sidecarId: string, bootId: string): EventRecorder {
  return {
    recordCalls: (calls) => {
      for (const call of calls) encodeCall(call, { sidecarId, bootId, seq: 0 });
    },
    record: () => undefined,
    flush: () => undefined,
    callsSeen: () => 0,
  };
}

export const NO_METRICS: CallMetrics = { begin: () => undefined, finish: () => undefined };
