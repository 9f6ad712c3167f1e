// One model in memory: its engine and its tokenizer, each in a thread of its own.

import { setTimeout as delay } from 'node:timers/promises';
import { createEngineClient, type EngineClient, type EngineClientOptions } from '../engine/engine-client.ts';
import type { EngineReady } from '../engine/engine-thread.ts';
import type { TokenBytes } from '../engine/token-text.ts';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import type { TokenTextOf } from '../serve/logprob-fields.ts';
import type { ModelDirectory } from './model-directory.ts';
import { createTextClient, type TextClient } from './text-client.ts';
import { createTokenTextOf } from './token-bytes.ts';

export interface LoadedModel {
  readonly directory: ModelDirectory;
  readonly engine: EngineClient;
  readonly text: TextClient;
  readonly tokenBytes: TokenBytes;
  readonly tokenText: TokenTextOf;
  readonly toolCallFormat: ToolCallFormat;
  readonly ready: EngineReady;
  readonly loadMs: number;
  /** Nothing runs on it and nobody holds it. */
  readonly isIdle: boolean;
  /** Keeps it in memory from the moment a request names it; the answer ends that, however often it is called. */
  hold(): () => void;
  stop(): Promise<void>;
  /** Stops once it is idle, or after a minute. */
  drain(): Promise<void>;
}

export interface LoadModelOptions extends Omit<EngineClientOptions, 'startThread'> {
  readonly directory: ModelDirectory;
}

const DRAIN_CHECK_MS = 100;
const DRAIN_CHECKS = 600;

/** Resolves when the model serves; rejects, with nothing left running, when it cannot. */
export async function loadModel(options: LoadModelOptions): Promise<LoadedModel> {
  const { directory, ...engineOptions } = options;
  const startedAt = performance.now();
  const text = createTextClient(directory.path);
  const engine = createEngineClient(engineOptions);
  const stop = async () => void (await Promise.all([engine.stop(), text.stop()]));
  try {
    const [ready, facts] = await Promise.all([engine.ready(), text.facts()]);
    const { tokenBytes, toolCallFormat } = facts;
    const loadMs = performance.now() - startedAt;
    const tokenText = createTokenTextOf(tokenBytes, facts.specialTokens);
    const holders = new Set<symbol>();
    const isIdle = () => holders.size === 0 && engine.active === 0;
    return {
      directory,
      engine,
      text,
      tokenBytes,
      tokenText,
      toolCallFormat,
      ready,
      loadMs,
      stop,
      get isIdle() {
        return isIdle();
      },
      hold() {
        const holder = Symbol(directory.name);
        holders.add(holder);
        return () => void holders.delete(holder);
      },
      async drain() {
        for (let waits = 0; !isIdle() && waits < DRAIN_CHECKS; waits++) await delay(DRAIN_CHECK_MS);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
