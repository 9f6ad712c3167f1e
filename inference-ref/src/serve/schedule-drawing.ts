// Draws scheduler rounds as an SVG in an HTML page: time to the right, a lane for prefills, a lane a slot below it, one
// colour a request. Pure.

import type { EngineGauges, IterationRecord } from '../engine/engine-events.ts';

export interface ScheduleDrawing {
  readonly model: string;
  readonly rounds: readonly IterationRecord[];
  readonly gauges: EngineGauges | null;
}

const LANE_HEIGHT = 16;
const WIDTH = 1400;
const LEFT = 72;

export function drawSchedule({ model, rounds, gauges }: ScheduleDrawing): string {
  const title = `Schedule of ${escapeHtml(model)}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2">
<style>${STYLE}</style></head><body><h1>${title}</h1>
${describeGauges(gauges)}
${rounds.length === 0 ? '<p>No rounds yet: send a request.</p>' : drawing(rounds)}
<p class="note">Top lane: prompt chunks. Below: one lane a slot, one colour a request, one box a decode step; when a
request leaves, the last slot moves into its place. Gaps are sampling, bookkeeping or idleness. ✕ marks a preemption.
Hover over a box for its numbers. The page shows the last ${rounds.length} rounds and renews itself every two seconds.</p>
</body></html>`;
}

const STYLE = `:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:24px;max-width:1480px}
h1{font-size:18px}dl{display:flex;flex-wrap:wrap;gap:8px 28px}dt{opacity:.7;font-size:12px}dd{margin:0;font-weight:600}
.scroll{overflow-x:auto}text{font-size:11px;fill:currentColor}.lane{stroke:currentColor;stroke-opacity:.12}
.note{opacity:.75;max-width:80ch}`;

function describeGauges(gauges: EngineGauges | null): string {
  if (gauges === null) return '<p>The model is not loaded.</p>';
  const share = ((100 * gauges.kvTokens) / gauges.kvBudgetTokens).toFixed(1);
  const hits =
    gauges.prefixQueriedTokens === 0 ? 0 : (100 * gauges.prefixHitTokens) / gauges.prefixQueriedTokens;
  const entries: readonly (readonly [string, string])[] = [
    ['running', String(gauges.running)],
    ['waiting', String(gauges.waiting)],
    ['cache', `${gauges.kvTokens} of ${gauges.kvBudgetTokens} tokens (${share} %)`],
    ['slab', `${gauges.slabRows} rows × ${gauges.slabCapacityTokens} tokens`],
    ['prefix cache', `${gauges.prefixBlocks} blocks, ${hits.toFixed(1)} % of prompt tokens found`],
  ];
  return `<dl>${entries.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function drawing(rounds: readonly IterationRecord[]): string {
  const { starts, totalMs } = timeline(rounds);
  const perMs = (WIDTH - LEFT) / Math.max(totalMs, 1);
  const slots = Math.max(1, ...rounds.map(({ decodeIds }) => decodeIds.length));
  const height = (slots + 1) * LANE_HEIGHT + 28;
  const boxes = rounds.flatMap((record, index) =>
    roundBoxes(record, { startMs: starts[index] as number, perMs }),
  );
  const lanes = Array.from({ length: slots + 1 }, (_, lane) => {
    const y = lane * LANE_HEIGHT;
    const name = lane === 0 ? 'prefill' : `slot ${lane - 1}`;
    return `<text x="0" y="${y + 12}">${name}</text><line class="lane" x1="${LEFT}" x2="${WIDTH}" y1="${y + LANE_HEIGHT}" y2="${y + LANE_HEIGHT}"/>`;
  });
  const end = `<text x="${WIDTH}" y="${height - 8}" text-anchor="end">${totalMs.toFixed(1)} ms busy</text>`;
  return `<div class="scroll"><svg role="img" aria-label="timeline of slots" width="${WIDTH}" height="${height}">${lanes.join('')}${boxes.join('')}${end}</svg></div>`;
}

/** Longest pause that is drawn: an idle server would squeeze its work into a line. */
const LONGEST_GAP_MS = 5;

function timeline(rounds: readonly IterationRecord[]): { starts: number[]; totalMs: number } {
  const starts: number[] = [];
  let cursor = 0;
  let endedAtMs: number | undefined;
  for (const record of rounds) {
    const gap = endedAtMs === undefined ? 0 : Math.max(0, record.startedAtMs - endedAtMs);
    cursor += Math.min(gap, LONGEST_GAP_MS);
    starts.push(cursor);
    const duration = durationMs(record);
    cursor += duration;
    endedAtMs = record.startedAtMs + duration;
  }
  return { starts, totalMs: cursor };
}

function durationMs({ prefills, decodeMs, sampleMs, overheadMs }: IterationRecord): number {
  return prefills.reduce((sum, { ms }) => sum + ms, decodeMs + sampleMs + overheadMs);
}

interface Scale {
  readonly startMs: number;
  readonly perMs: number;
}

function roundBoxes(record: IterationRecord, { startMs, perMs }: Scale): string[] {
  const boxes: string[] = [];
  let at = startMs;
  for (const { id, tokens, ms } of record.prefills) {
    boxes.push(
      box({
        lane: 0,
        x: LEFT + at * perMs,
        width: ms * perMs,
        id,
        hint: `request ${id}: ${tokens} prompt tokens, ${ms.toFixed(2)} ms`,
      }),
    );
    at += ms;
  }
  const { decodeIds, decodeMs } = record;
  const hint = `batch of ${decodeIds.length}, ${decodeMs.toFixed(2)} ms, sampling ${record.sampleMs.toFixed(2)} ms`;
  decodeIds.forEach((id, slot) => {
    boxes.push(
      box({
        lane: slot + 1,
        x: LEFT + at * perMs,
        width: decodeMs * perMs,
        id,
        hint: `request ${id}: ${hint}`,
      }),
    );
  });
  for (const id of record.preemptedIds) {
    boxes.push(
      `<text x="${(LEFT + at * perMs).toFixed(2)}" y="12">✕<title>request ${id} preempted</title></text>`,
    );
  }
  return boxes;
}

interface Box {
  readonly lane: number;
  readonly x: number;
  readonly width: number;
  readonly id: number;
  readonly hint: string;
}

function box({ lane, x, width, id, hint }: Box): string {
  // The golden angle keeps neighbours apart.
  const hue = Math.round((id * 137.508) % 360);
  const y = lane * LANE_HEIGHT + 2;
  return `<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(0.6, width - 0.3).toFixed(2)}" height="${LANE_HEIGHT - 4}" fill="hsl(${hue} 65% 55%)"><title>${hint}</title></rect>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
