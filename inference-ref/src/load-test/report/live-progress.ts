// What the terminal shows while a run goes on: one line that is rewritten on a terminal, sparse plain lines elsewhere.

import { nearestRank, sortedCopy } from '../measure/percentile.ts';
import type { BatchSummary } from '../run/record-batch.ts';

export interface LiveProgress {
  readonly phase: (text: string) => void;
  /** A measured phase with its goal, in calls or in time. */
  readonly begin: (label: string, goal: LoadGoal) => void;
  readonly take: (batch: BatchSummary) => void;
  readonly end: () => void;
}

export interface LoadGoal {
  readonly requests: number | null;
  readonly durationMs: number | null;
  /** One of many short loads: a log tells of them only now and then. */
  readonly brief: boolean;
}

export interface LiveProgressOptions {
  readonly write: (text: string) => void;
  readonly interactive: boolean;
  readonly nowMs: () => number;
}

const PLAIN_EVERY_MS = 10_000;
const BAR_WIDTH = 24;

export function createLiveProgress({ write, interactive, nowMs }: LiveProgressOptions): LiveProgress {
  let label = '';
  let goal: LoadGoal = { requests: null, durationMs: null, brief: false };
  let startedMs = 0;
  let finished = 0;
  let errors = 0;
  let tokens = 0;
  let ttfts: number[] = [];
  let lastPlainMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const line = (): string => {
    const elapsedMs = nowMs() - startedMs;
    const share =
      goal.requests === null ? elapsedMs / (goal.durationMs ?? elapsedMs) : finished / goal.requests;
    const done = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
    const bar = `${'█'.repeat(done)}${'░'.repeat(BAR_WIDTH - done)}`;
    const of = goal.requests === null ? '' : `/${goal.requests}`;
    const recent = sortedCopy(ttfts.filter((ms) => !Number.isNaN(ms)));
    const ttft = recent.length === 0 ? '–' : `${nearestRank(recent, 0.5).toFixed(0)} ms`;
    const rate = elapsedMs > 0 ? (tokens * 1000) / elapsedMs : 0;
    return `${label} ${bar} ${finished}${of} calls  ${errors} errors  TTFT p50 ${ttft}  ${rate.toFixed(0)} tokens/s  ${(elapsedMs / 1000).toFixed(0)} s`;
  };
  const show = (): void => {
    if (interactive) write(`\r\u001b[2K${line()}`);
    else if (nowMs() - lastPlainMs >= PLAIN_EVERY_MS) {
      lastPlainMs = nowMs();
      write(`${line()}\n`);
    }
  };
  return {
    phase: (text) => write(interactive ? `\r\u001b[2K${text}\n` : `${text}\n`),
    begin: (newLabel, newGoal) => {
      label = newLabel;
      goal = newGoal;
      startedMs = nowMs();
      if (!goal.brief) lastPlainMs = startedMs;
      finished = 0;
      errors = 0;
      tokens = 0;
      ttfts = [];
      timer = setInterval(show, interactive ? 200 : 1000);
    },
    take: (batch) => {
      finished += batch.calls;
      errors += batch.errors;
      tokens += batch.outputTokens;
      ttfts = [...ttfts, ...batch.ttftMs].slice(-500);
    },
    end: () => {
      clearInterval(timer);
      if (interactive) write(`\r\u001b[2K${line()}${goal.brief ? '' : '\n'}`);
      else if (goal.brief) show();
      else write(`${line()}\n`);
    },
  };
}
