// One streamed answer by the clock: when each event is due, what it is, and when it was really written.
import type { Socket } from 'node:net';
import { createDueQueue, type DueItem, type DueQueue } from './due-queue.ts';
import type { TimingFrames } from './timing-frames.ts';
import type { TimingProfile } from './timing-profile.ts';

export interface TimingAnswer extends DueItem {
  readonly socket: Socket;
  readonly receivedMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Response head, written with the first bytes of the body. */
  head: string;
  tokensSent: number;
  queueMs: number;
  prefillMs: number;
  firstDueMs: number;
  firstWrittenMs: number;
  lastWrittenMs: number;
  over: boolean;
}

export interface AnswerWriter {
  /** Schedules the first event; each schedules the next by the plan, so that no error adds up. */
  readonly begin: (answer: TimingAnswer) => void;
  readonly freeze: (forMs: number) => void;
  readonly stop: () => void;
}

export interface AnswerWriterOptions {
  readonly profile: TimingProfile;
  readonly frames: TimingFrames;
  readonly nowMs: () => number;
  /** The machine's monotonic clock when `nowMs` was 0. */
  readonly originNs: number;
  readonly onOver: (answer: TimingAnswer) => void;
}

interface WriterState extends AnswerWriterOptions {
  readonly due: DueQueue<TimingAnswer>;
}

export function createAnswerWriter(options: AnswerWriterOptions): AnswerWriter {
  const due = createDueQueue<TimingAnswer>({
    nowMs: options.nowMs,
    onDue: (answer) => writeEvent(state, answer),
  });
  const state: WriterState = { ...options, due };
  return {
    begin: (answer) => {
      answer.firstDueMs = answer.dueMs;
      if (options.profile.roleChunk) answer.socket.write(withHead(answer, options.frames.role));
      due.add(answer);
    },
    freeze: due.freeze,
    stop: due.stop,
  };
}

/** Planned milliseconds from the first event to the last. */
export function plannedDecodeMs({ tokensPerEvent, gapMs }: TimingProfile, outputTokens: number): number {
  return gapMs * (outputTokens - Math.min(tokensPerEvent, outputTokens));
}

function writeEvent(state: WriterState, answer: TimingAnswer): void {
  if (answer.over) return;
  const { profile, frames } = state;
  const { tokensSent: sent, outputTokens } = answer;
  const tokens = Math.min(profile.tokensPerEvent, outputTokens - sent);
  const kind = sent < profile.reasoningTokens ? 'reasoning' : profile.toolCall ? 'tool' : 'answer';
  const { bytes, cut } = frames.event(kind, tokens, sent + tokens);
  if (!profile.splitUtf8) {
    answer.socket.write(withHead(answer, bytes));
    eventWritten(state, answer, tokens);
    return;
  }
  answer.socket.write(withHead(answer, bytes.subarray(0, cut)));
  setImmediate(() => {
    if (answer.over) return;
    answer.socket.write(bytes.subarray(cut));
    eventWritten(state, answer, tokens);
  });
}

function eventWritten(state: WriterState, answer: TimingAnswer, tokens: number): void {
  const { profile, nowMs, due } = state;
  answer.lastWrittenMs = nowMs();
  if (answer.tokensSent === 0) answer.firstWrittenMs = answer.lastWrittenMs;
  answer.tokensSent += tokens;
  const left = answer.outputTokens - answer.tokensSent;
  if (left === 0) writeEnd(state, answer);
  else {
    answer.dueMs += profile.gapMs * Math.min(profile.tokensPerEvent, left);
    due.add(answer);
  }
}

function writeEnd({ profile, frames, originNs, onOver }: WriterState, answer: TimingAnswer): void {
  const toNs = (ms: number): number => Math.round(originNs + ms * 1e6);
  const end = frames.end({
    promptTokens: answer.promptTokens,
    outputTokens: answer.outputTokens,
    reasoningTokens: Math.min(profile.reasoningTokens, answer.outputTokens),
    truth: {
      receivedNs: toNs(answer.receivedMs),
      firstDueNs: toNs(answer.firstDueMs),
      firstWrittenNs: toNs(answer.firstWrittenMs),
      lastDueNs: toNs(answer.dueMs),
      lastWrittenNs: toNs(answer.lastWrittenMs),
    },
  });
  answer.socket.write(end);
  answer.over = true;
  onOver(answer);
}

function withHead(answer: TimingAnswer, bytes: Buffer): Buffer {
  if (answer.head === '') return bytes;
  const whole = Buffer.concat([Buffer.from(answer.head), bytes]);
  answer.head = '';
  return whole;
}
