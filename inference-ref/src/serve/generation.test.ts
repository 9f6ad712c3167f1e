import { describe, expect, it } from 'vitest';
import type { GenerationListener } from '../engine/engine-callers.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { greedyParams } from '../sampling/generation-params.ts';
import { type GenerationSummary, startGeneration } from './generation.ts';

function bench(choicesPerPrompt = 1, prompts = [Int32Array.of(1, 2, 3)]) {
  let nowMs = 100;
  const listeners: GenerationListener[] = [];
  const seeds: (number | null)[] = [];
  const cancelled: number[] = [];
  const heard: string[] = [];
  const hints: (string | undefined)[] = [];
  const summaries: GenerationSummary[] = [];
  const engine: Pick<EngineClient, 'generate' | 'cancel' | 'retryAfterSeconds'> = {
    generate(request, listener) {
      seeds.push(request.params.seed);
      return listeners.push(listener) - 1;
    },
    cancel: (id) => void cancelled.push(id),
    retryAfterSeconds: 3,
  };
  const generation = startGeneration({
    // A generation uses nothing else of its engine.
    engine: engine as EngineClient,
    plan: {
      ...{ prompts, choicesPerPrompt, params: { ...greedyParams, seed: 5 }, priority: 0, tenant: 't' },
      ...{ cacheSalt: '', receivedMs: 100 },
    },
    clock: { nowMicros: () => nowMs * 1000, monotonicMs: () => nowMs },
    sink: {
      token: (choice, text) => void heard.push(`${choice}:${text}`),
      ended: ({ choice, reason }) => void heard.push(`${choice} ${reason}`),
      done: () => void heard.push('done'),
      failed(error) {
        heard.push(error.code);
        hints.push(error.hint);
      },
    },
    onSummary: (summary) => void summaries.push(summary),
  });
  const at = (ms: number) => {
    nowMs = ms;
  };
  const say = (id: number, event: object) => listeners[id]?.({ id, ...event } as never);
  const token = (id: number, text: string) => say(id, { kind: 'token', text, token: { tokenId: 1 } });
  const finish = (id: number) =>
    say(id, { kind: 'finished', reason: 'stop', stoppedBy: null, text: '', preemptions: 1 });
  return { generation, listeners, seeds, cancelled, heard, hints, summaries, at, say, token, finish };
}

describe('generation', () => {
  it('splits the whole time into queue, prefill and decode', () => {
    const { at, say, token, finish, summaries } = bench();
    say(0, { kind: 'admitted', atMs: 130, cachedTokens: 2 });
    at(150);
    token(0, 'a');
    at(200);
    token(0, 'b');
    finish(0);
    expect(summaries).toEqual([
      {
        usage: { promptTokens: 3, cachedTokens: 2, completionTokens: 2 },
        timing: { queueMs: 30, prefillMs: 20, decodeMs: 50 },
        ...{ outcome: 'ok', errorCode: null, finishReasons: ['stop'], openChoices: 0, preemptions: 1 },
        ...{ admittedPromptTokens: 3, msPerOutputToken: [50] },
      },
    ]);
  });

  it('measures the pace of each choice by its own tokens', () => {
    const { at, token, finish, summaries } = bench(2);
    at(100);
    token(0, 'a');
    at(110);
    token(1, 'a');
    token(0, 'b');
    at(130);
    token(0, 'c');
    finish(0);
    token(1, 'b');
    at(150);
    token(1, 'c');
    finish(1);
    expect(summaries[0]?.msPerOutputToken).toEqual([15, 20]);
  });

  it('counts prompts as read once they are admitted, each once, whatever becomes of them', () => {
    const prompts = [Int32Array.of(1, 2, 3), Int32Array.of(1, 2)];
    const refused = bench(1, prompts);
    refused.say(0, { kind: 'rejected', retryAfterSeconds: 3 });
    expect(refused.summaries).toMatchObject([{ admittedPromptTokens: 0, openChoices: 2 }]);
    const left = bench(2, prompts);
    for (const id of [2, 3]) left.say(id, { kind: 'admitted', atMs: 101, cachedTokens: 0 });
    left.generation.cancel();
    expect(left.summaries).toMatchObject([{ admittedPromptTokens: 2, openChoices: 4 }]);
  });

  it('ends when every choice has, gives each its own seed, counts a prompt’s cached tokens once', () => {
    const { say, token, finish, heard, seeds, summaries } = bench(2);
    for (const id of [0, 1]) {
      say(id, { kind: 'admitted', atMs: 101, cachedTokens: 1 });
      token(id, 'x');
    }
    finish(1);
    expect(heard).not.toContain('done');
    finish(0);
    expect(heard.at(-1)).toBe('done');
    expect(seeds).toEqual([5, 6]);
    expect(summaries[0]?.usage).toEqual({ promptTokens: 3, cachedTokens: 1, completionTokens: 2 });
  });

  it('gives up the other choices when one is refused or fails, and says so once', () => {
    const { say, heard, hints, cancelled, summaries } = bench(2);
    say(0, { kind: 'rejected' });
    say(1, { kind: 'failed', message: 'x' });
    expect(heard).toEqual(['TG_OVERLOADED']);
    expect(hints).toEqual(['try again in 3 s']);
    expect(cancelled).toContain(1);
    expect(summaries).toMatchObject([{ outcome: 'rejected', errorCode: 'TG_OVERLOADED' }]);
  });

  it('hears nothing after a cancellation', () => {
    const { generation, token, finish, heard, cancelled, summaries } = bench();
    token(0, 'a');
    generation.cancel();
    token(0, 'b');
    finish(0);
    generation.cancel();
    expect(heard).toEqual(['0:a']);
    expect(cancelled).toEqual([0]);
    expect(summaries.map(({ outcome }) => outcome)).toEqual(['cancelled']);
  });
});
