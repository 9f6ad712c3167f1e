// What follows a call besides its bytes: trace, digests, filter findings, metrics, the record. Nothing here can fail the call.
import { randomUUID } from 'node:crypto';
import { type FilterFinding, formatTimestamp } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { ContentMatch, ContentScanner } from '../filter/content-scanner.ts';
import type { GpuContext } from '../gpu/gpu-sampler.ts';
import { createPromptDigester } from '../providers/prompt-digest.ts';
import type { CallMetrics } from '../telemetry/call-metrics.ts';
import type { CallTracer } from '../telemetry/call-tracer.ts';
import type { EventRecorder } from '../telemetry/event-recorder.ts';
import { finishedCall, NO_FINDINGS } from '../telemetry/finished-call.ts';
import { formatTraceParent, parseTraceParent, TRACEPARENT } from '../telemetry/trace-context.ts';
import type { CallSink, CallState } from './call-state.ts';

export interface FollowCallsOptions {
  readonly sidecarId: string;
  readonly recorder: EventRecorder;
  readonly metrics: CallMetrics;
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scanner: ContentScanner | null;
  readonly gpus: GpuContext | null;
  readonly tracer: CallTracer | null;
}

export function createCallFollower(options: FollowCallsOptions): CallSink {
  const { sidecarId, recorder, metrics, digestKey, clock, log, scanner, gpus, tracer } = options;
  const digestPrompt = createPromptDigester(digestKey);
  const troubles = new Set<string>();

  /** Each kind of trouble is logged once: a fault in a pattern must not flood the log at full traffic. */
  const guarded = (part: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!troubles.has(part)) log.error({ part, exception: error }, 'call_follower.failed');
      troubles.add(part);
    }
  };

  const reportMatches = (call: CallState, matches: readonly ContentMatch[]): void => {
    for (const match of matches) {
      const finding: FilterFinding = {
        finding_id: randomUUID(),
        call_id: call.callId,
        occurred_at: formatTimestamp(clock.nowMicros()),
        sidecar_id: sidecarId,
        team: call.attribution.team,
        user: call.attribution.user,
        app: call.attribution.app,
        ...match,
      };
      recorder.record({ kind: 'filter_finding', ...finding });
    }
  };

  /** Reads the request's body while upstream works, then lets go of it. */
  const readBody = (call: CallState): void => {
    const { body } = call;
    if (body === null) return;
    call.body = null;
    guarded('digest', () => {
      const { members, requestedModel: model } = call.request;
      call.digests = digestPrompt({ body, members, model });
    });
    guarded('request_filter', () => reportMatches(call, scanner?.scanRequest(call.api, body) ?? []));
  };

  return {
    begin: (call, request) => {
      metrics.begin();
      const parent = parseTraceParent(request.headers[TRACEPARENT]);
      call.span = tracer?.begin(call.startedAtMicros, parent) ?? null;
      call.trace = call.span ?? parent;
    },
    upstreamHeaders: (call) =>
      call.span === null ? NO_HEADERS : [TRACEPARENT, formatTraceParent(call.span)],
    sent: (call) => {
      if (call.body !== null) setImmediate(readBody, call);
    },
    finish: (call, facts, ending, release) => {
      readBody(call);
      const gpu = gpus?.busiestGpu() ?? null;
      const finished = finishedCall(call, facts ?? NO_FINDINGS, ending, {
        trace: call.trace,
        promptDigest: call.digests?.promptDigest ?? '',
        prefixDigests: call.digests?.prefixDigests ?? [],
        gpuUtilizationPct: gpu?.utilizationPct ?? null,
        gpuMemoryUsedBytes: gpu?.memoryUsedBytes ?? null,
      });
      recorder.recordCall(finished, release);
      if (facts?.fault !== undefined) {
        guarded('answer_reader', () => {
          throw facts.fault;
        });
      }
      guarded('metrics', () => metrics.finish(finished));
      guarded('tracer', () => call.span?.finish(finished));
      if (scanner === null || call.observer === null) return;
      setImmediate(() =>
        guarded('answer_filter', () =>
          reportMatches(call, scanner.scanAnswer(call.observer?.answerText() ?? '')),
        ),
      );
    },
  };
}

const NO_HEADERS: readonly string[] = [];
