// What is gathered of one answer while it streams, and its summing up. Filled by stream-reader.ts.
import type { CallTruth } from '../measure/call-record.ts';
import { assignEventTokens, type EventTokens } from '../measure/event-tokens.ts';
import type { ChunkTemplate } from './chunk-template.ts';
import type { ReportedUsage } from './dialect.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createEventStream, type EventStream } from './event-stream-parser.ts';

export interface StreamReading {
  readonly stream: EventStream;
  readonly log: EventLog;
  template: ChunkTemplate | null;
  templatesTried: number;
  text: string;
  firstChoiceMs: number;
  firstAnswerMs: number;
  usage: ReportedUsage;
  cumulativeTokens: number;
  finishReason: string | null;
  failure: string | null;
  malformed: string | null;
  done: boolean;
  truth: CallTruth | null;
  phases: Readonly<Record<string, number>> | null;
}

export interface StreamSummary {
  readonly tokens: EventTokens;
  readonly eventMs: Float64Array;
  readonly firstChoiceMs: number;
  readonly firstAnswerMs: number;
  readonly usage: ReportedUsage;
  readonly finishReason: string | null;
  readonly text: string;
  readonly truth: CallTruth | null;
  /** Told inside the stream; null when it told none. */
  readonly phases: Readonly<Record<string, number>> | null;
  /** Set when the stream reported a failure, was no JSON, or ended too early. */
  readonly problem: {
    kind: 'stream_error' | 'stream_malformed' | 'stream_truncated' | 'empty_answer';
    message: string;
  } | null;
}

export function emptyReading(log: EventLog = createEventLog()): StreamReading {
  log.count = 0;
  return {
    stream: createEventStream(),
    log,
    template: null,
    templatesTried: 0,
    text: '',
    firstChoiceMs: Number.NaN,
    firstAnswerMs: Number.NaN,
    usage: {},
    cumulativeTokens: 0,
    finishReason: null,
    failure: null,
    malformed: null,
    done: false,
    truth: null,
    phases: null,
  };
}

/** `counted` is a tokenizer's count of the text, for answers that report none. */
export function summariseReading(
  reading: StreamReading,
  countTokens: ((text: string) => number) | undefined,
): StreamSummary {
  const { log, usage, text } = reading;
  const reported = usage.outputTokens;
  const counted =
    reported === undefined && countTokens !== undefined && text !== '' ? countTokens(text) : undefined;
  return {
    tokens: assignEventTokens({
      told: log.toldTokens.subarray(0, log.count),
      textLengths: log.textLengths.subarray(0, log.count),
      reported,
      counted,
    }),
    eventMs: log.atMs.slice(0, log.count),
    firstChoiceMs: reading.firstChoiceMs,
    firstAnswerMs: reading.firstAnswerMs,
    usage,
    finishReason: reading.finishReason,
    text,
    truth: reading.truth,
    phases: reading.phases,
    problem: findProblem(reading),
  };
}

function findProblem(reading: StreamReading): StreamSummary['problem'] {
  if (reading.failure !== null) return { kind: 'stream_error', message: reading.failure };
  if (reading.malformed !== null) return { kind: 'stream_malformed', message: reading.malformed };
  if (!reading.done && reading.finishReason === null) {
    return {
      kind: 'stream_truncated',
      message: 'the stream closed without an end marker or a finish reason',
    };
  }
  if (reading.log.count === 0 && (reading.usage.outputTokens ?? 0) === 0) {
    return { kind: 'empty_answer', message: 'the answer held no token' };
  }
  return null;
}
