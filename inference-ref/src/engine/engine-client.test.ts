import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EngineClient } from './engine-client.ts';
import { type HangingEngine, openHangingEngine, STALL_MS } from './hanging-engine.fixture.ts';
import { ANSWER, HANG, WORK } from './hanging-worker.fixture.ts';

const LONG_SECONDS = 3_600;
const PATIENCE_MS = 15_000;

const opened: HangingEngine[] = [];
function open(options: Parameters<typeof openHangingEngine>[0] = {}): HangingEngine {
  const engine = openHangingEngine(options);
  opened.push(engine);
  return engine;
}
afterEach(async () => {
  for (const { client } of opened.splice(0)) await client.stop();
});

/** Resolves with the error, or with null where it was answered. */
async function ask({ client }: HangingEngine, ...prompt: readonly number[]): Promise<TollgateError | null> {
  const { promise, listener } = listen();
  client.generate(requestOf(prompt), listener);
  return await promise;
}

async function embedOne({ client }: HangingEngine) {
  return await client.embed([Int32Array.of(1)], new AbortController().signal);
}

function listen() {
  let listener: Parameters<EngineClient['generate']>[1] = () => undefined;
  const promise = new Promise<TollgateError | null>((resolve) => {
    listener = (event) => {
      if (event.kind === 'finished') resolve(null);
      if (event.kind === 'failed') resolve(event.error ?? null);
    };
  });
  return { promise, listener };
}

function requestOf(prompt: readonly number[]): Parameters<EngineClient['generate']>[0] {
  // The fixture reads nothing but the prompt.
  return { promptTokens: Int32Array.from(prompt), arrivedAtMs: 0 } as never;
}

describe('an engine whose thread hangs in a call', { timeout: 60_000 }, () => {
  it('fails all that waited on it, and serves again from another thread', async () => {
    const engine = open();
    const hung = ask(engine, HANG, LONG_SECONDS);
    const behind = ask(engine, ANSWER);
    const vector = embedOne(engine);
    const [first, second] = await Promise.all([hung, behind]);
    for (const error of [first, second]) {
      expect(error).toMatchObject({
        code: 'TG_ENGINE_HUNG',
        statusCode: 500,
        hint: 'send the request again',
      });
    }
    await expect(vector).rejects.toMatchObject({ code: 'TG_ENGINE_HUNG' });
    expect(await ask(engine, ANSWER)).toBeNull();
    expect(engine.hangsAtMs).toHaveLength(1);
    expect(engine.client).toMatchObject({ restarts: 1, active: 0, givenUp: null });
    expect(engine.stuckThreads.count).toBe(1);
    expect(engine.replacements).toBe(1);
  });

  it('is not taken for hung while it reports, however long it works, nor while it has nothing to do', async () => {
    const engine = open();
    await engine.client.ready();
    expect(await ask(engine, WORK, (3 * STALL_MS) / 50)).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 3 * STALL_MS));
    expect(engine.client.restarts).toBe(0);
  });

  it('is given up once more threads are stuck than may be', async () => {
    const engine = open({ allowed: 0 });
    expect(await ask(engine, HANG, LONG_SECONDS)).toMatchObject({ hint: 'restart the server' });
    await vi.waitFor(() => expect(engine.client.givenUp).not.toBeNull(), PATIENCE_MS);
    expect(await ask(engine, ANSWER)).toMatchObject({ code: 'TG_ENGINE_HUNG', hint: 'restart the server' });
    await expect(embedOne(engine)).rejects.toMatchObject({ code: 'TG_ENGINE_HUNG' });
    await expect(engine.client.ready()).rejects.toMatchObject({ code: 'TG_ENGINE_HUNG' });
  });

  it('is started again when a stuck call returns after all, whose thread then ends unheard', async () => {
    const engine = open({ allowed: 0 });
    expect(await ask(engine, HANG, 2)).toMatchObject({ code: 'TG_ENGINE_HUNG' });
    await vi.waitFor(() => expect(engine.stuckThreads.count).toBe(0), PATIENCE_MS);
    await vi.waitFor(async () => expect(await ask(engine, ANSWER)).toBeNull(), PATIENCE_MS);
    expect(engine.client.givenUp).toBeNull();
  });

  it('cannot be loaded where loading hangs; each attempt has the whole time', async () => {
    const engine = open({ hangsLoading: true, loadStallMs: STALL_MS, allowed: 1 });
    await expect(engine.client.ready()).rejects.toMatchObject({
      ...{ code: 'TG_ENGINE_HUNG', message: expect.stringContaining('loading') },
    });
    await vi.waitFor(() => expect(engine.client.givenUp).not.toBeNull(), PATIENCE_MS);
    const [first = 0, second = 0] = engine.hangsAtMs;
    expect(second - first).toBeGreaterThan(STALL_MS / 2);
  });

  it('does not keep the process from ending, with the exit code that it chose', async () => {
    const child = fork(fileURLToPath(new URL('./hung-process.fixture.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(7);
  });
});
