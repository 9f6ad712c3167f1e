// Gathers one answer while it streams: event times, texts' lengths, usage, the end. Cheap per chunk; sums up once at the end.

import type { CallTruth } from '../measure/call-record.ts';
import { assignEventTokens, type EventTokens } from '../measure/event-tokens.ts';
import type { Dialect, ReportedUsage, StreamSink } from './dialect.ts';
import { createEventStreamParser } from './event-stream-parser.ts';

export interface StreamReadingOptions {
  readonly dialect: Dialect;
  /** Keeps the answer's text (multi-turn sessions need it) or counts its tokens when usage is missing. */
  readonly keepText: boolean;
  readonly countTokens: ((text: string) => number) | undefined;
  /** Turns nanoseconds of the machine's monotonic clock into milliseconds of the run. */
  readonly nsToRunMs: (ns: number) => number;
}

export interface StreamSummary extends EventTokens {
  readonly eventMs: Float64Array;
  readonly firstChoiceMs: number;
  readonly firstAnswerMs: number;
  readonly usage: ReportedUsage;
  readonly finishReason: string | null;
  readonly text: string;
  readonly truth: CallTruth | null;
  /** Told inside the stream; empty when it told none. */
  readonly phases: Readonly<Record<string, number>>;
  /** Set when the stream reported a failure, was no JSON, or ended too early. */
  readonly problem: {
    kind: 'stream_error' | 'stream_malformed' | 'stream_truncated' | 'empty_answer';
    message: string;
  } | null;
}

export interface StreamReading {
  readonly push: (chunk: Buffer, arrivedMs: number) => void;
  /** Tokens seen so far, for progress: the told ones, else one an event. */
  readonly events: () => number;
  readonly finish: (closedMs: number) => StreamSummary;
}

interface Gathered {
  eventMs: number[];
  told: (number | null)[];
  lengths: number[];
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
  phases: Readonly<Record<string, number>>;
}

export function createStreamReading(options: StreamReadingOptions): StreamReading {
  const { dialect } = options;
  let arrivedMs = Number.NaN;
  const gathered = emptyGathered();
  const sink = createSink(gathered, () => arrivedMs, options);
  const parser = createEventStreamParser({
    onEvent: (data, event) => {
      const before = gathered.eventMs.length;
      const tokensBefore = gathered.cumulativeTokens;
      try {
        dialect.read(data, event, sink);
        settleCumulative(gathered, before, tokensBefore);
      } catch (error) {
        gathered.malformed ??= error instanceof Error ? error.message.slice(0, 200) : 'unreadable chunk';
      }
    },
    onOddField: (field, value) => {
      if (field === 'error') gathered.failure ??= value.slice(0, 300);
    },
  });
  return {
    push: (chunk, atMs) => {
      arrivedMs = atMs;
      parser.push(chunk);
    },
    events: () => gathered.eventMs.length,
    finish: (closedMs) => {
      arrivedMs = closedMs;
      parser.end();
      return summarise(gathered, options);
    },
  };
}

function emptyGathered(): Gathered {
  return {
    eventMs: [],
    told: [],
    lengths: [],
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
    phases: {},
  };
}

function createSink(gathered: Gathered, arrived: () => number, options: StreamReadingOptions): StreamSink {
  const keepText = options.keepText || options.countTokens !== undefined;
  return {
    choice: () => {
      if (Number.isNaN(gathered.firstChoiceMs)) gathered.firstChoiceMs = arrived();
    },
    event: (kind, text, tokens) => {
      if (kind !== 'reasoning' && Number.isNaN(gathered.firstAnswerMs)) gathered.firstAnswerMs = arrived();
      gathered.eventMs.push(arrived());
      gathered.told.push(tokens);
      gathered.lengths.push(text.length);
      if (keepText) gathered.text += text;
    },
    usage: (usage) => {
      gathered.usage = { ...gathered.usage, ...usage };
      gathered.cumulativeTokens = usage.outputTokens ?? gathered.cumulativeTokens;
    },
    finish: (reason) => {
      gathered.finishReason = reason;
    },
    fail: (message) => {
      gathered.failure ??= message;
    },
    done: () => {
      gathered.done = true;
    },
    phases: (phases) => {
      gathered.phases = { ...gathered.phases, ...phases };
    },
    truth: (receivedNs, firstNs, lastNs) => {
      gathered.truth = {
        receivedMs: options.nsToRunMs(receivedNs),
        firstWrittenMs: options.nsToRunMs(firstNs),
        lastWrittenMs: options.nsToRunMs(lastNs),
      };
    },
  };
}

/** Servers that repeat a running usage in each chunk (vLLM's continuous_usage_stats) tell each event's tokens by the difference. */
function settleCumulative(gathered: Gathered, eventsBefore: number, tokensBefore: number): void {
  const grown = gathered.cumulativeTokens - tokensBefore;
  if (grown <= 0 || gathered.eventMs.length !== eventsBefore + 1) return;
  const last = gathered.told.length - 1;
  gathered.told[last] ??= grown;
}

function summarise(gathered: Gathered, { countTokens, keepText }: StreamReadingOptions): StreamSummary {
  const reported = gathered.usage.outputTokens;
  const counted =
    reported === undefined && countTokens !== undefined && gathered.text !== ''
      ? countTokens(gathered.text)
      : undefined;
  return {
    ...assignEventTokens({ told: gathered.told, textLengths: gathered.lengths, reported, counted }),
    eventMs: Float64Array.from(gathered.eventMs),
    firstChoiceMs: gathered.firstChoiceMs,
    firstAnswerMs: gathered.firstAnswerMs,
    usage: gathered.usage,
    finishReason: gathered.finishReason,
    text: keepText ? gathered.text : '',
    truth: gathered.truth,
    phases: gathered.phases,
    problem: findProblem(gathered),
  };
}

function findProblem(gathered: Gathered): StreamSummary['problem'] {
  if (gathered.failure !== null) return { kind: 'stream_error', message: gathered.failure };
  if (gathered.malformed !== null) return { kind: 'stream_malformed', message: gathered.malformed };
  if (!gathered.done && gathered.finishReason === null) {
    return {
      kind: 'stream_truncated',
      message: 'the stream closed without an end marker or a finish reason',
    };
  }
  if (gathered.eventMs.length === 0 && (gathered.usage.outputTokens ?? 0) === 0) {
    return { kind: 'empty_answer', message: 'the answer held no token' };
  }
  return null;
}
