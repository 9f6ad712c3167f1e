import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tollgate/service-kit/logger';
import { expect, it } from 'vitest';
import type { LoadedModel } from './loaded-model.ts';
import type { ModelDirectory } from './model-directory.ts';
import { createModelRegistry, findModelDirectories } from './model-registry.ts';

const directoryOf = (name: string): ModelDirectory => ({
  ...{ name, path: `/${name}`, modelFile: `/${name}/model.onnx`, weightBytes: 40, createdAt: 0 },
  ...{ contextTokens: 8, endTokenIds: [], defaultTemperature: 1, defaultTopP: 1, defaultTopK: 0 },
});

function bench(memoryBudgetBytes: number) {
  const events: string[] = [];
  const busy = new Set<string>();
  const alive = new Set<LoadedModel>();
  let failing = '';
  let loading: Promise<void> = Promise.resolve();
  const registry = createModelRegistry({
    directories: ['a', 'b', 'c'].map(directoryOf),
    memoryBudgetBytes,
    memoryBytesOf: ({ weightBytes }) => weightBytes,
    async load(directory) {
      const { name } = directory;
      await loading;
      if (name === failing) throw new Error('broken file');
      events.push(`load ${name}`);
      // The registry touches these parts of a model alone.
      const model = {
        directory,
        get isIdle() {
          return !busy.has(name);
        },
        ready: { device: 'cpu', deviceReason: '' },
        loadMs: 1,
        async stop() {
          events.push(`stop ${name}`);
          alive.delete(model);
        },
        async drain() {
          events.push(`drain ${name}`);
          alive.delete(model);
        },
      } as unknown as LoadedModel;
      alive.add(model);
      return model;
    },
    reread: (directory) => ({ ...directory, createdAt: 1 }),
    onUnload: () => undefined,
    log: createLogger({ name: 'test', level: 'silent' }),
  });
  const fail = (name: string) => {
    failing = name;
  };
  /** Loads end when the function that it answers is called. */
  const holdLoads = () => {
    let release: () => void = () => undefined;
    loading = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { registry, events, busy, alive, fail, holdLoads };
}

it('loads once for many who ask at the same time, and the first model for those who name none', async () => {
  const { registry, events } = bench(1000);
  const [one, two] = await Promise.all([registry.acquire('b'), registry.acquire('b')]);
  expect(one).toBe(two);
  expect((await registry.acquire(undefined)).directory.name).toBe('a');
  expect(events).toEqual(['load b', 'load a']);
});

it('unloads the least recently used model to stay within the budget', async () => {
  const { registry, events } = bench(80);
  for (const name of ['a', 'b', 'a', 'c']) await registry.acquire(name);
  expect(events).toEqual(['load a', 'load b', 'stop b', 'load c']);
  expect(registry.models.map(({ state }) => state)).toEqual(['loaded', 'unloaded', 'loaded']);
});

it('never unloads a model at work, and says why another cannot be loaded', async () => {
  const { registry, busy } = bench(80);
  await registry.acquire('a');
  await registry.acquire('b');
  busy.add('a').add('b');
  await expect(registry.acquire('c')).rejects.toMatchObject({
    code: 'TG_MODEL_MEMORY_EXCEEDED',
    statusCode: 503,
  });
});

it('unloads nothing where that would not make room, and holds the refusal against nobody', async () => {
  const { registry, busy, events } = bench(100);
  await registry.acquire('a');
  await registry.acquire('b');
  busy.add('b');
  await expect(bench(30).registry.acquire('a')).rejects.toMatchObject({
    code: 'TG_MODEL_TOO_LARGE',
    statusCode: 400,
  });
  busy.add('a');
  await expect(registry.acquire('c')).rejects.toMatchObject({ code: 'TG_MODEL_MEMORY_EXCEEDED' });
  expect(events).toEqual(['load a', 'load b']);
  expect(registry.models.map(({ state }) => state)).toEqual(['loaded', 'loaded', 'unloaded']);
});

it('reads a directory anew when its model is loaded', async () => {
  const { registry } = bench(1000);
  expect((await registry.acquire('a')).directory.createdAt).toBe(1);
});

it('passes over one of several directories that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-models-'));
  mkdirSync(join(folder, 'half'));
  writeFileSync(join(folder, 'half', 'config.json'), '{"max_position_embeddings":8}');
  const passedOver: unknown[] = [];
  const find = () => findModelDirectories(folder, {}, (error) => passedOver.push(error));
  expect(find).toThrow(/half holds no model.onnx/);
  cpSync(join(folder, 'half'), join(folder, 'whole'), { recursive: true });
  writeFileSync(join(folder, 'whole', 'model.onnx'), '');
  expect(find().map(({ name }) => name)).toEqual(['whole']);
  expect(passedOver).toHaveLength(1);
  rmSync(folder, { recursive: true });
});

it('keeps a failure until a later load succeeds', async () => {
  const { registry, fail } = bench(1000);
  fail('a');
  await expect(registry.acquire('a')).rejects.toThrow('broken file');
  expect(registry.models[0]).toMatchObject({ state: 'failed', failure: 'broken file' });
  fail('');
  await registry.acquire('a');
  expect(registry.models[0]).toMatchObject({ state: 'loaded', failure: null });
});

it('swaps a reloaded model in and drains the old one', async () => {
  const { registry, events } = bench(1000);
  const old = await registry.acquire('a');
  const fresh = await registry.reload('a');
  expect(fresh).not.toBe(old);
  expect(await registry.acquire('a')).toBe(fresh);
  expect(fresh.directory.createdAt).toBe(1);
  expect(events).toEqual(['load a', 'load a', 'drain a']);
});

it('reloads once for many who ask at the same time', async () => {
  const { registry, events, alive } = bench(1000);
  await registry.acquire('a');
  const [one, two] = await Promise.all([registry.reload('a'), registry.reload('a')]);
  expect(one).toBe(two);
  expect([...alive]).toEqual([one]);
  expect(await registry.reload('a')).not.toBe(one);
  expect(events).toEqual(['load a', 'load a', 'drain a', 'load a', 'drain a']);
});

it('stops what was loaded anew where the old one was unloaded meanwhile, and loads again for who asks then', async () => {
  const { registry, alive, holdLoads } = bench(1000);
  await registry.acquire('a');
  const release = holdLoads();
  const reloaded = registry.reload('a');
  await registry.unload('a');
  expect(registry.models[0]).toMatchObject({ state: 'unloaded' });
  const acquired = registry.acquire('a');
  const again = acquired.then(async () => await registry.reload('a'));
  release();
  await expect(reloaded).rejects.toMatchObject({ code: 'TG_ENGINE_STOPPED', statusCode: 503 });
  expect(await registry.acquire('a')).toBe(await again);
  expect([...alive]).toEqual([await again]);
});

it.each(['acquire', 'reload'] as const)('leaves nothing behind when it stops during %s', async (action) => {
  const { registry, alive, holdLoads } = bench(1000);
  if (action === 'reload') await registry.acquire('a');
  const release = holdLoads();
  const loaded = registry[action]('a');
  await registry.stop();
  release();
  await expect(loaded).rejects.toMatchObject({ code: 'TG_ENGINE_STOPPED' });
  expect(alive.size).toBe(0);
});

it('refuses names it does not know', async () => {
  await expect(bench(1000).registry.acquire('gpt-4o')).rejects.toMatchObject({ code: 'TG_MODEL_UNKNOWN' });
});
