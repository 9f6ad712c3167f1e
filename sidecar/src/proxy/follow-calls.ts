// What follows a call besides its bytes: trace, digests, filter findings, metrics, the record. Nothing here can fail the call.
import { randomUUID } from 'node:crypto';
import { type FilterFinding, formatTimestamp } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { ContentMatch, ContentScanner } from '../filter/content-scanner.ts';
import type { GpuContext } from '../gpu/gpu-sampler.ts';
import type { AnswerFacts } from '../providers/answer-observer.ts';
import { createPromptDigester } from '../providers/prompt-digest.ts';
import type { CallMetrics } from '../telemetry/call-metrics.ts';
import type { CallTracer } from '../telemetry/call-tracer.ts';
import type { FinishedCall } from '../telemetry/event-kinds.ts';
import type { EventRecorder } from '../telemetry/event-recorder.ts';
import { finishedCall, NO_FINDINGS } from '../telemetry/finished-call.ts';
import { formatTraceParent, parseTraceParent, TRACEPARENT } from '../telemetry/trace-context.ts';
import type { CallEnd, CallSink, CallState } from './call-state.ts';

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

/** A call that has ended, on its way into the record. */
interface EndedCall extends CallEnd {
  readonly call: CallState;
  /** Null until the answer was read, and where there was none to read. */
  facts: AnswerFacts | null;
  isRead: boolean;
}

export function createCallFollower(options: FollowCallsOptions): CallSink {
  const { recorder, metrics, digestKey, log, scanner, gpus, tracer } = options;
  const digestPrompt = createPromptDigester(digestKey);
  const troubles = new Set<string>();
  let sent: CallState[] = [];
  let ended: EndedCall[] = [];
  let scheduled = false;

  /** Each kind of trouble is logged once: a fault in a pattern must not flood the log at full traffic. */
  const guarded = (part: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!troubles.has(part)) log.error({ part, exception: error }, 'call_follower.failed');
      troubles.add(part);
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
    guarded('request_filter', () => reportMatches(options, call, scanner?.scanRequest(call.api, body) ?? []));
  };

  /** The bodies that were sent in this turn of the event loop. */
  const readBodies = (): void => {
    const calls = sent;
    sent = [];
    for (const call of calls) readBody(call);
  };

  const enqueue = (end: EndedCall): void => {
    ended.push(end);
    if (scheduled) return;
    scheduled = true;
    setImmediate(settle);
  };

  /** False where the answer takes time, to be inflated or counted: the call then settles in a later turn. */
  const readAnswer = (end: EndedCall): boolean => {
    if (end.isRead) return true;
    end.isRead = true;
    let later = false;
    guarded('answer_reader', () => {
      const facts = end.call.observer?.finish(end.answer) ?? null;
      if (!(facts instanceof Promise)) {
        end.facts = facts;
        return;
      }
      later = true;
      facts.then(
        (found) => enqueue(Object.assign(end, { facts: found })),
        () => enqueue(end),
      );
    });
    return !later;
  };

  const toRecord = ({ call, facts, ending }: EndedCall): FinishedCall => {
    const gpu = gpus?.busiestGpu() ?? null;
    return finishedCall(call, facts ?? NO_FINDINGS, ending, {
      trace: call.trace,
      promptDigest: call.digests?.promptDigest ?? '',
      prefixDigests: call.digests?.prefixDigests ?? [],
      gpuUtilizationPct: gpu?.utilizationPct ?? null,
      gpuMemoryUsedBytes: gpu?.memoryUsedBytes ?? null,
    });
  };

  const measure = ({ call, facts }: EndedCall, finished: FinishedCall): void => {
    if (facts?.fault !== undefined) {
      guarded('answer_reader', () => {
        throw facts.fault;
      });
    }
    guarded('metrics', () => metrics.finish(finished));
    guarded('tracer', () => call.span?.finish(finished));
  };

  const scanAnswer = ({ call }: EndedCall): void => {
    const { observer } = call;
    if (scanner === null || observer === null) return;
    guarded('answer_filter', () => reportMatches(options, call, scanner.scanAnswer(observer.answerText())));
  };

  /**
   * Stage by stage over all calls that ended in this turn of the event loop, with one write for all: the same code many
   * times in a row costs a fraction of what it costs once, cold, between two reads of a socket.
   */
  const settle = (): void => {
    scheduled = false;
    const candidates = ended;
    ended = [];
    const calls = candidates.filter(readAnswer);
    for (const { call } of calls) readBody(call);
    let records: FinishedCall[] = [];
    guarded('record', () => {
      records = calls.map(toRecord);
      recorder.recordCalls(records);
    });
    for (const { release } of calls) guarded('release', release);
    for (const [index, record] of records.entries()) measure(calls[index] as EndedCall, record);
    for (const end of calls) scanAnswer(end);
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
      if (call.body === null) return;
      if (sent.length === 0) setImmediate(readBodies);
      sent.push(call);
    },
    finish: (call, { answer, ending, release }) =>
      enqueue({ call, answer, ending, release, facts: null, isRead: false }),
    settle,
  };
}

const NO_HEADERS: readonly string[] = [];

function reportMatches(
  { sidecarId, recorder, clock }: FollowCallsOptions,
  call: CallState,
  matches: readonly ContentMatch[],
): void {
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
}
