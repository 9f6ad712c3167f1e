// Reads answers while they stream: times, texts' lengths, usage, the end. One reader serves all calls of a run, so that a chunk
// costs little and an answer allocates little.
import { learnTemplate, matchTemplate, textLength } from './chunk-template.ts';
import type { Dialect } from './dialect.ts';
import { createEventLog, type EventLog, logEvent } from './event-log.ts';
import {
  type EventStreamListener,
  endEventStream,
  isBetweenEvents,
  readEventStream,
} from './event-stream-parser.ts';
import { emptyReading, type StreamReading, type StreamSummary, summariseReading } from './stream-reading.ts';
import { createStreamRecorder, type StreamRecorder, WORDS_OF_PLAIN_TEXT } from './stream-recorder.ts';

export interface StreamReaderOptions {
  readonly dialect: Dialect;
  /** Keeps the answers' texts, as conversations need them. */
  readonly keepText: boolean;
  /** Counts the tokens of answers whose usage is missing. */
  readonly countTokens: ((text: string) => number) | undefined;
  /** Turns nanoseconds of the machine's monotonic clock into milliseconds of the run. */
  readonly nsToRunMs: (ns: number) => number;
}

export interface StreamReader {
  readonly begin: () => StreamReading;
  /** Takes `bytes[from, to)`, which are not kept. */
  readonly take: (reading: StreamReading, bytes: Buffer, from: number, to: number, arrivedMs: number) => void;
  /** Ends a reading: it is not to be used any more. */
  readonly finish: (reading: StreamReading, closedMs: number) => StreamSummary;
}

interface ReaderState {
  readonly recorder: StreamRecorder;
  readonly listener: EventStreamListener;
  readonly scratch: EventLog;
  readonly keepText: boolean;
}

/** A stream whose chunks differ in more than their text is not tried for ever. */
const MOST_TEMPLATES = 6;

export function createStreamReader(options: StreamReaderOptions): StreamReader {
  const { countTokens, dialect, nsToRunMs } = options;
  const keepText = options.keepText || countTokens !== undefined;
  const recorder = createStreamRecorder({ keepText, nsToRunMs });
  const listener = createListener(dialect, recorder);
  const state: ReaderState = { recorder, listener, scratch: createEventLog(), keepText };
  const spareLogs: EventLog[] = [];
  return {
    begin: () => emptyReading(spareLogs.pop()),
    take: (reading, bytes, from, to, arrivedMs) => {
      recorder.arrivedMs = arrivedMs;
      const between = isBetweenEvents(reading.stream);
      const start = between ? takeByTemplate(state, reading, bytes, from, to) : from;
      if (start < to) takeInFull(state, reading, bytes.subarray(start, to), between);
    },
    finish: (reading, closedMs) => {
      recorder.arrivedMs = closedMs;
      recorder.reading = reading;
      endEventStream(reading.stream, listener);
      const summary = summariseReading(reading, countTokens);
      spareLogs.push(reading.log);
      return summary;
    },
  };
}

function createListener(dialect: Dialect, recorder: StreamRecorder): EventStreamListener {
  return {
    onEvent(data, event) {
      const { reading } = recorder;
      const eventsBefore = reading.log.count;
      const tokensBefore = reading.cumulativeTokens;
      try {
        dialect.read(data, event, recorder.sink);
        settleCumulative(reading, eventsBefore, tokensBefore);
      } catch (error) {
        reading.malformed ??= error instanceof Error ? error.message.slice(0, 200) : 'unreadable chunk';
      }
    },
    onOddField(field, value) {
      recorder.words += 1;
      if (field === 'error') recorder.reading.failure ??= value.slice(0, 300);
    },
  };
}

/** Servers that repeat a running usage in each chunk (vLLM's continuous_usage_stats) tell each event's tokens by the difference. */
function settleCumulative(reading: StreamReading, eventsBefore: number, tokensBefore: number): void {
  const grown = reading.cumulativeTokens - tokensBefore;
  const { log } = reading;
  if (grown <= 0 || log.count !== eventsBefore + 1) return;
  if (Number.isNaN(log.toldTokens[eventsBefore])) log.toldTokens[eventsBefore] = grown;
}

/** Takes the chunks that match the stream's template; returns where the rest begins. */
function takeByTemplate(
  { recorder, keepText }: ReaderState,
  reading: StreamReading,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  const { template } = reading;
  if (template === null) return from;
  let cursor = from;
  while (cursor < to) {
    const end = matchTemplate(template, bytes, cursor, to);
    if (end === -1) break;
    const start = cursor + template.before.length;
    logEvent(reading.log, recorder.arrivedMs, Number.NaN, textLength(bytes, start, end));
    if (keepText) reading.text += bytes.toString('utf8', start, end);
    cursor = end + template.after.length;
  }
  return cursor;
}

function takeInFull(state: ReaderState, reading: StreamReading, chunk: Buffer, between: boolean): void {
  const only = readChunk(state, reading, chunk);
  if (only === null || !between || reading.templatesTried === MOST_TEMPLATES) return;
  reading.templatesTried += 1;
  reading.template = learnTemplate({ chunk, ...only, readAlone: (bytes) => readAlone(state, bytes) });
}

function readAlone(state: ReaderState, chunk: Buffer): ReturnType<typeof readChunk> {
  const reading = emptyReading(state.scratch);
  const only = readChunk(state, reading, chunk);
  return reading.malformed === null ? only : null;
}

/** Reads any bytes of a stream; says what text they hold when they are one whole event with a text and nothing else. */
function readChunk({ recorder, listener }: ReaderState, reading: StreamReading, chunk: Buffer) {
  const eventsBefore = reading.log.count;
  recorder.reading = reading;
  recorder.words = 0;
  readEventStream(reading.stream, chunk, listener);
  const plain =
    recorder.words === WORDS_OF_PLAIN_TEXT &&
    reading.log.count === eventsBefore + 1 &&
    isBetweenEvents(reading.stream);
  return plain ? { kind: recorder.lastKind, text: recorder.lastText } : null;
}
