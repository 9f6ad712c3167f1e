// Draws rounds of the scheduler as an SVG: time to the right, a lane of phases, a lane of prompt chunks, and a lane a slot
// with one colour a request. Pure.

import type { IterationRecord } from '../engine/engine-events.ts';
import { durationMs, PHASES, type Phase, phasesOf } from './schedule-figures.ts';

const LANE_HEIGHT = 16;
const WIDTH = 1400;
const LEFT = 72;
const RIGHT = 24;
const AXIS_HEIGHT = 28;
const PHASE_LANE = 0;
const PREFILL_LANE = 1;
const FIRST_SLOT_LANE = 2;
/** Longest pause that is drawn: an idle server would squeeze its work into a line. */
const LONGEST_PAUSE_MS = 5;
const TICKS = 8;

export const PHASE_COLOURS: Readonly<Record<Phase, string>> = {
  prefill: '#3b82c4',
  decode: '#3f9f6b',
  sampling: '#d99a2b',
  bookkeeping: '#9a8f86',
  idle: 'transparent',
};

export function drawTimeline(rounds: readonly IterationRecord[]): string {
  const { starts, cuts, totalMs } = layOut(rounds);
  const perMs = (WIDTH - LEFT - RIGHT) / Math.max(totalMs, 1);
  const place = (ms: number) => LEFT + ms * perMs;
  const slots = Math.max(1, ...rounds.map(({ decodeIds }) => decodeIds.length));
  const bottom = (slots + FIRST_SLOT_LANE) * LANE_HEIGHT;
  const parts = [
    ...lanes(slots),
    ...rounds.flatMap((record, index) => roundBoxes(record, (ms) => place((starts[index] as number) + ms))),
    ...cuts.map(({ atMs, pausedMs }) => cutLine(place(atMs), bottom, pausedMs)),
    ...axis({ totalMs, place, bottom }),
  ];
  const size = `width="${WIDTH}" height="${bottom + AXIS_HEIGHT}"`;
  return `<svg role="img" aria-label="timeline of slots" ${size}>${parts.join('')}</svg>`;
}

interface Layout {
  /** Where each round begins, in drawn milliseconds. */
  readonly starts: readonly number[];
  readonly cuts: readonly { readonly atMs: number; readonly pausedMs: number }[];
  readonly totalMs: number;
}

function layOut(rounds: readonly IterationRecord[]): Layout {
  const starts: number[] = [];
  const cuts: { atMs: number; pausedMs: number }[] = [];
  let drawnMs = 0;
  let endedAtMs: number | undefined;
  for (const record of rounds) {
    const pausedMs = endedAtMs === undefined ? 0 : Math.max(0, record.startedAtMs - endedAtMs);
    if (pausedMs > LONGEST_PAUSE_MS) cuts.push({ atMs: drawnMs + LONGEST_PAUSE_MS / 2, pausedMs });
    drawnMs += Math.min(pausedMs, LONGEST_PAUSE_MS);
    starts.push(drawnMs);
    const duration = durationMs(record);
    drawnMs += duration;
    endedAtMs = record.startedAtMs + duration;
  }
  return { starts, cuts, totalMs: drawnMs };
}

function lanes(slots: number): string[] {
  const names = ['phase', 'prefill', ...Array.from({ length: slots }, (_, slot) => `slot ${slot}`)];
  return names.map((name, lane) => {
    const bottom = (lane + 1) * LANE_HEIGHT;
    return `<text x="0" y="${bottom - 4}">${name}</text><line class="lane" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`;
  });
}

function roundBoxes(record: IterationRecord, place: (ms: number) => number): string[] {
  const phases = phasesOf(record);
  const boxes: string[] = [];
  let at = 0;
  for (const phase of PHASES) {
    const ms = phases[phase];
    if (ms > 0)
      boxes.push(
        box({
          lane: PHASE_LANE,
          from: place(at),
          to: place(at + ms),
          colour: PHASE_COLOURS[phase],
          hint: `${phase} ${ms.toFixed(2)} ms`,
        }),
      );
    at += ms;
  }
  at = 0;
  for (const { id, tokens, ms } of record.prefills) {
    const hint = `request ${id}: ${tokens} prompt tokens, ${ms.toFixed(2)} ms`;
    boxes.push(box({ lane: PREFILL_LANE, from: place(at), to: place(at + ms), colour: colourOf(id), hint }));
    at += ms;
  }
  const { decodeIds, decodeMs, preemptedIds } = record;
  decodeIds.forEach((id, slot) => {
    const hint = `request ${id}: batch of ${decodeIds.length}, ${decodeMs.toFixed(2)} ms`;
    boxes.push(
      box({
        lane: FIRST_SLOT_LANE + slot,
        from: place(at),
        to: place(at + decodeMs),
        colour: colourOf(id),
        hint,
      }),
    );
  });
  const y = (PREFILL_LANE + 1) * LANE_HEIGHT - 4;
  for (const id of preemptedIds)
    boxes.push(`<text x="${place(at).toFixed(2)}" y="${y}">✕<title>request ${id} preempted</title></text>`);
  return boxes;
}

interface Box {
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly colour: string;
  readonly hint: string;
}

function box({ lane, from, to, colour, hint }: Box): string {
  const y = lane * LANE_HEIGHT + 2;
  const width = Math.max(0.6, to - from - 0.3).toFixed(2);
  return `<rect x="${from.toFixed(2)}" y="${y}" width="${width}" height="${LANE_HEIGHT - 4}" fill="${colour}"><title>${hint}</title></rect>`;
}

/** The golden angle keeps neighbours apart. */
function colourOf(id: number): string {
  return `hsl(${Math.round((id * 137.508) % 360)} 65% 55%)`;
}

function cutLine(x: number, bottom: number, pausedMs: number): string {
  const at = x.toFixed(2);
  return `<line class="cut" x1="${at}" x2="${at}" y1="0" y2="${bottom}"><title>nothing to do for ${pausedMs.toFixed(0)} ms</title></line>`;
}

interface Axis {
  readonly totalMs: number;
  readonly place: (ms: number) => number;
  readonly bottom: number;
}

function axis({ totalMs, place, bottom }: Axis): string[] {
  const step = niceStep(totalMs / TICKS);
  const ticks = Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => index * step);
  return ticks.map((ms) => {
    const x = place(ms).toFixed(2);
    const label = step >= 1000 ? `${ms / 1000} s` : `${Number(ms.toFixed(1))} ms`;
    return `<line class="tick" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 5}"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${label}</text>`;
  });
}

/** 1, 2 or 5 times a power of ten, not smaller than what is wanted. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 0.1)));
  return ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10) * power;
}
