// Where a dialect's words about an answer go: into the reading at hand. One recorder serves all answers of a run in turn.
import type { EventKind, ReportedUsage, StreamSink } from './dialect.ts';
import { logEvent } from './event-log.ts';
import { emptyReading, type StreamReading } from './stream-reading.ts';

export interface StreamRecorder {
  readonly sink: StreamSink;
  /** The answer that is read now, and when its bytes arrived. */
  reading: StreamReading;
  arrivedMs: number;
  /** How often the sink was called since this was last set to 0, and the last text it got. */
  words: number;
  lastKind: EventKind;
  lastText: string;
}

/** What a chunk says that holds a piece of text and nothing else: a choice, and its event. */
export const WORDS_OF_PLAIN_TEXT = 2;

export interface StreamRecorderOptions {
  readonly keepText: boolean;
  readonly nsToRunMs: (ns: number) => number;
}

export function createStreamRecorder({ keepText, nsToRunMs }: StreamRecorderOptions): StreamRecorder {
  const recorder: StreamRecorder = {
    reading: emptyReading(),
    arrivedMs: Number.NaN,
    words: 0,
    lastKind: 'answer',
    lastText: '',
    sink: {
      choice() {
        recorder.words += 1;
        if (Number.isNaN(recorder.reading.firstChoiceMs)) recorder.reading.firstChoiceMs = recorder.arrivedMs;
      },
      event(kind, text, tokens) {
        const { reading, arrivedMs } = recorder;
        recorder.words += tokens === null ? 1 : WORDS_OF_PLAIN_TEXT;
        recorder.lastKind = kind;
        recorder.lastText = text;
        if (kind !== 'reasoning' && Number.isNaN(reading.firstAnswerMs)) reading.firstAnswerMs = arrivedMs;
        logEvent(reading.log, arrivedMs, tokens ?? Number.NaN, text.length);
        if (keepText) reading.text += text;
      },
      usage(usage) {
        recorder.words += 1;
        recordUsage(recorder.reading, usage);
      },
      finish(reason) {
        recorder.words += 1;
        recorder.reading.finishReason = reason;
      },
      fail(message) {
        recorder.words += 1;
        recorder.reading.failure ??= message;
      },
      done() {
        recorder.words += 1;
        recorder.reading.done = true;
      },
      phases(phases) {
        recorder.words += 1;
        recorder.reading.phases = { ...recorder.reading.phases, ...phases };
      },
      truth({ receivedNs, firstDueNs, firstWrittenNs, lastDueNs, lastWrittenNs }) {
        recorder.words += 1;
        recorder.reading.truth = {
          receivedMs: nsToRunMs(receivedNs),
          firstDueMs: nsToRunMs(firstDueNs),
          firstWrittenMs: nsToRunMs(firstWrittenNs),
          lastDueMs: nsToRunMs(lastDueNs),
          lastWrittenMs: nsToRunMs(lastWrittenNs),
        };
      },
    },
  };
  return recorder;
}

function recordUsage(reading: StreamReading, usage: ReportedUsage): void {
  reading.usage = { ...reading.usage, ...usage };
  reading.cumulativeTokens = usage.outputTokens ?? reading.cumulativeTokens;
}
