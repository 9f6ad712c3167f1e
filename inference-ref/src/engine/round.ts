// Measures one round of the generation loop and collects what it has to tell.

import type { GenerationEvent, IterationRecord } from './engine-events.ts';

export interface Round {
  readonly events: GenerationEvent[];
  prefill<T>(id: number, tokens: number, compute: () => Promise<T>): Promise<T>;
  decode<T>(ids: readonly number[], compute: () => Promise<T>): Promise<T>;
  sample<T>(compute: () => T): T;
  preempted(id: number): void;
  takeEvents(): GenerationEvent[];
  isEmpty(): boolean;
  record(): IterationRecord;
}

export function createRound(nowMs: () => number): Round {
  const startedAtMs = nowMs();
  const events: GenerationEvent[] = [];
  const prefills: { id: number; tokens: number; ms: number }[] = [];
  const preemptedIds: number[] = [];
  let decodeIds: readonly number[] = [];
  let decodeMs = 0;
  let sampleMs = 0;
  return {
    events,
    async prefill(id, tokens, compute) {
      const start = nowMs();
      const result = await compute();
      prefills.push({ id, tokens, ms: nowMs() - start });
      return result;
    },
    async decode(ids, compute) {
      const start = nowMs();
      const result = await compute();
      decodeIds = ids;
      decodeMs += nowMs() - start;
      return result;
    },
    sample(compute) {
      const start = nowMs();
      const result = compute();
      sampleMs += nowMs() - start;
      return result;
    },
    preempted(id) {
      preemptedIds.push(id);
    },
    takeEvents() {
      return events.splice(0);
    },
    isEmpty() {
      return prefills.length === 0 && decodeIds.length === 0 && preemptedIds.length === 0;
    },
    record() {
      const computed = prefills.reduce((sum, { ms }) => sum + ms, decodeMs + sampleMs);
      const overheadMs = Math.max(0, nowMs() - startedAtMs - computed);
      return { startedAtMs, prefills, decodeMs, sampleMs, overheadMs, decodeIds, preemptedIds };
    },
  };
}
