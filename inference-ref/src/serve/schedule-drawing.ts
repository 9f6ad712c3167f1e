// The page that shows how a model's scheduler spends its time. One document that loads nothing. Pure.

import type { EngineGauges, IterationRecord } from '../engine/engine-events.ts';
import { PHASES, type ScheduleFigures, scheduleFigures } from './schedule-figures.ts';
import { drawTimeline, PHASE_COLOURS } from './schedule-timeline.ts';

export interface ScheduleDrawing {
  readonly model: string;
  readonly rounds: readonly IterationRecord[];
  readonly gauges: EngineGauges | null;
}

export function drawSchedule({ model, rounds, gauges }: ScheduleDrawing): string {
  const title = `Schedule of ${escapeHtml(model)}`;
  const figures = scheduleFigures(rounds);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2">
<style>${STYLE}</style></head><body><h1>${title}</h1>
${describeGauges(gauges)}
${figures === null ? '<p>No rounds yet: send a request.</p>' : `${describeFigures(figures, rounds.length)}<div class="scroll">${drawTimeline(rounds)}</div>${note(model)}`}
</body></html>`;
}

const STYLE = `:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:24px;max-width:1480px}
h1{font-size:18px}h2{font-size:14px;margin:20px 0 4px}dl{display:flex;flex-wrap:wrap;gap:8px 28px;margin:8px 0}
dt{opacity:.7;font-size:12px}dd{margin:0;font-weight:600}.swatch{display:inline-block;width:10px;height:10px;margin-right:5px;border:1px solid color-mix(in srgb,currentColor 35%,transparent)}
.scroll{overflow-x:auto;margin-top:12px}text{font-size:11px;fill:currentColor}.lane{stroke:currentColor;stroke-opacity:.12}
.tick{stroke:currentColor;stroke-opacity:.5}.cut{stroke:currentColor;stroke-opacity:.5;stroke-dasharray:2 3}.note{opacity:.75;max-width:80ch}`;

const note = (
  model: string,
) => `<p class="note">One box in a slot is a decode step; one colour is one request. When a request leaves, the last
slot moves into its place. ✕ marks a preemption, a dashed line a pause that is cut short. Hover over a box for its numbers.
The page renews itself every two seconds; <a href="/debug/schedule.json?model=${encodeURIComponent(model)}">schedule.json</a> has the rounds as data.</p>`;

function describeGauges(gauges: EngineGauges | null): string {
  if (gauges === null) return '<p>The model is not loaded.</p>';
  const share = percent(gauges.kvTokens / gauges.kvBudgetTokens);
  const hits = gauges.prefixQueriedTokens === 0 ? 0 : gauges.prefixHitTokens / gauges.prefixQueriedTokens;
  return list([
    ['running', String(gauges.running)],
    ['waiting', String(gauges.waiting)],
    ['cache', `${gauges.kvTokens} of ${gauges.kvBudgetTokens} tokens (${share})`],
    ['slab', `${gauges.slabRows} rows × ${gauges.slabCapacityTokens} tokens`],
    ['prefix cache', `${gauges.prefixBlocks} blocks, ${percent(hits)} of prompt tokens found`],
  ]);
}

function describeFigures(figures: ScheduleFigures, rounds: number): string {
  const { spanMs, shares, tokensPerSecond, meanBatch, stepMs, preemptions } = figures;
  const phases = PHASES.map((phase) => {
    const swatch = `<span class="swatch" style="background:${PHASE_COLOURS[phase]}"></span>`;
    return [`${swatch}${phase}`, percent(shares[phase])] as const;
  });
  return `<h2>The last ${rounds} rounds, ${(spanMs / 1000).toFixed(2)} s</h2>${list([
    ['tokens/s', tokensPerSecond.toFixed(0)],
    ['mean batch', meanBatch.toFixed(1)],
    [
      'decode step p50 / p99',
      stepMs === null ? 'none' : `${stepMs.p50.toFixed(2)} / ${stepMs.p99.toFixed(2)} ms`,
    ],
    ['preemptions', String(preemptions)],
    ...phases,
  ])}`;
}

/** Names and values are made here, not taken from outside. */
function list(entries: readonly (readonly [name: string, value: string])[]): string {
  return `<dl>${entries.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
