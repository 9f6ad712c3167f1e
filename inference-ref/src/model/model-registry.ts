// The models a server knows: loaded when first asked for, unloaded when others need their memory, the least recently
// used first. A model with requests under way is never unloaded.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError, isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { errEngineStopped } from '../engine/engine-thread.ts';
import { errModelUnknown } from '../serve/openai-error.ts';
import type { LoadedModel } from './loaded-model.ts';
import {
  errModelInvalid,
  type ModelDirectory,
  type ReadModelOptions,
  readModelDirectory,
} from './model-directory.ts';

export const errMemoryBudget = defineError('TG_MODEL_MEMORY_EXCEEDED', 503);
/** Not for want of room now: trying again helps nobody. */
export const errModelTooLarge = defineError('TG_MODEL_TOO_LARGE', 400);

export interface KnownModel {
  readonly directory: ModelDirectory;
  readonly state: 'unloaded' | 'loading' | 'loaded' | 'failed';
  readonly loaded: LoadedModel | null;
  readonly failure: string | null;
}

export interface ModelRegistry {
  readonly models: readonly KnownModel[];
  /** The model of that name, the only or first one for undefined; loads it where needed. */
  acquire(name: string | undefined): Promise<LoadedModel>;
  unload(name: string): Promise<boolean>;
  /**
   * Loads the model's files anew beside the old ones; what runs on the old ones is finished there. Who asks while that is
   * under way gets the same model; whoever unloads it meanwhile has the new one stopped as well.
   */
  reload(name: string): Promise<LoadedModel>;
  /** What is still being loaded is stopped once it is. */
  stop(): Promise<void>;
}

export interface ModelRegistryOptions {
  readonly directories: readonly ModelDirectory[];
  readonly memoryBudgetBytes: number;
  /** What a loaded model takes: weights, cache, prefix cache. */
  readonly memoryBytesOf: (directory: ModelDirectory) => number;
  readonly load: (directory: ModelDirectory) => Promise<LoadedModel>;
  /** The directory as it stands on the disk now. */
  readonly reread: (directory: ModelDirectory) => ModelDirectory;
  readonly onUnload: (name: string) => void;
  readonly log: Logger;
}

interface Entry {
  directory: ModelDirectory;
  loading: Promise<LoadedModel> | null;
  /** Of `loaded`, which serves meanwhile. */
  reloading: Promise<LoadedModel> | null;
  loaded: LoadedModel | null;
  failure: string | null;
  /** Order of use. */
  usedAt: number;
}

/** A model directory, or a directory that holds model directories; one of several that cannot be read is passed over. */
export function findModelDirectories(
  path: string,
  options: ReadModelOptions,
  onPassedOver: (error: unknown) => void,
): ModelDirectory[] {
  if (existsSync(join(path, 'config.json'))) return [readModelDirectory(path, options)];
  if (!existsSync(path)) throw errModelInvalid(`${path} does not exist`, { hint: 'check --model' });
  const found = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(path, entry.name, 'config.json')))
    .map((entry) => join(path, entry.name));
  const errors: unknown[] = [];
  const directories = found.flatMap((directory) => {
    try {
      return [readModelDirectory(directory, { variant: options.variant ?? null })];
    } catch (error) {
      errors.push(error);
      return [];
    }
  });
  if (directories.length > 0) {
    for (const error of errors) onPassedOver(error);
    return directories;
  }
  if (errors.length > 0) throw errors[0];
  throw errModelInvalid(`${path} holds neither a model nor directories of models`, { hint: 'check --model' });
}

export function createModelRegistry(options: ModelRegistryOptions): ModelRegistry {
  const { memoryBudgetBytes, memoryBytesOf, log } = options;
  const entries = new Map<string, Entry>();
  for (const directory of options.directories) {
    const nothing = { loading: null, reloading: null, loaded: null, failure: null };
    entries.set(directory.name, { directory, ...nothing, usedAt: 0 });
  }
  let uses = 0;
  let stopped = false;

  const held = () => [...entries.values()].filter((entry) => entry.loaded !== null || entry.loading !== null);
  const usedBytes = (except: Entry) =>
    held().reduce((sum, entry) => sum + (entry === except ? 0 : memoryBytesOf(entry.directory)), 0);

  const unload = async (entry: Entry) => {
    const { loaded, directory } = entry;
    if (loaded === null) return false;
    entry.loaded = null;
    entry.reloading = null;
    await loaded.stop();
    log.info({ model_id: directory.name }, 'model.unloaded');
    options.onUnload(directory.name);
    return true;
  };

  const makeRoom = async (wanted: Entry) => {
    const { name } = wanted.directory;
    const needed = memoryBytesOf(wanted.directory);
    if (needed > memoryBudgetBytes) {
      throw errModelTooLarge(`the model ${name} needs ${needed} bytes, the budget is ${memoryBudgetBytes}`, {
        hint: 'raise inference.memoryBudgetBytes',
      });
    }
    while (usedBytes(wanted) + needed > memoryBudgetBytes) {
      const idle = held().filter((entry) => entry !== wanted && entry.loaded?.isIdle === true);
      const busyBytes = idle.reduce((sum, entry) => sum - memoryBytesOf(entry.directory), usedBytes(wanted));
      const victim = idle.sort((a, b) => a.usedAt - b.usedAt)[0];
      // Nothing is unloaded where it would not do.
      if (victim === undefined || busyBytes + needed > memoryBudgetBytes) {
        const what = `${name} needs ${needed} bytes, ${busyBytes} of ${memoryBudgetBytes} are at work`;
        throw errMemoryBudget(`the model cannot be loaded now: ${what}`, {
          hint: 'try again, or raise the budget',
        });
      }
      await unload(victim);
    }
  };

  const load = async (entry: Entry): Promise<LoadedModel> => {
    try {
      entry.directory = options.reread(entry.directory);
      await makeRoom(entry);
      const loaded = await options.load(entry.directory);
      if (stopped) return await discard(loaded);
      const { device, deviceReason } = loaded.ready;
      log.info(
        { model_id: entry.directory.name, load_ms: Math.round(loaded.loadMs), device, deviceReason },
        'model.loaded',
      );
      entry.failure = null;
      entry.loaded = loaded;
      return loaded;
    } catch (error) {
      if (!isWantOfRoom(error)) entry.failure = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      entry.loading = null;
    }
  };

  const replace = async (entry: Entry, old: LoadedModel): Promise<LoadedModel> => {
    const fresh = await options.load(options.reread(entry.directory));
    if (entry.loaded !== old) return await discard(fresh);
    entry.directory = fresh.directory;
    entry.loaded = fresh;
    log.info({ model_id: fresh.directory.name, load_ms: Math.round(fresh.loadMs) }, 'model.reloaded');
    void old.drain().catch((error: unknown) => log.error({ exception: error }, 'model.drain_failed'));
    return fresh;
  };

  const acquire = async (name: string | undefined): Promise<LoadedModel> => {
    const entry = name === undefined ? entries.values().next().value : entries.get(name);
    if (entry === undefined) {
      const known = [...entries.keys()].join(', ');
      throw errModelUnknown(`the model ${name ?? ''} does not exist`, {
        hint: `this server has: ${known}`,
      });
    }
    entry.usedAt = ++uses;
    if (entry.loaded !== null) return entry.loaded;
    entry.loading ??= load(entry);
    return await entry.loading;
  };

  return {
    get models() {
      return Array.from(entries.values(), (entry) => {
        const { directory, loaded, failure } = entry;
        return { directory, state: stateOf(entry), loaded, failure };
      });
    },
    acquire,
    async unload(name) {
      const entry = entries.get(name);
      return entry === undefined ? false : await unload(entry);
    },
    async reload(name) {
      const entry = entries.get(name);
      const old = entry?.loaded;
      if (entry === undefined || old === null || old === undefined) return await acquire(name);
      if (entry.reloading !== null) return await entry.reloading;
      const reloading = replace(entry, old).finally(() => {
        if (entry.reloading === reloading) entry.reloading = null;
      });
      entry.reloading = reloading;
      return await reloading;
    },
    async stop() {
      stopped = true;
      await Promise.all([...entries.values()].map(async (entry) => await unload(entry)));
    },
  };
}

/** The model is none the worse for it. */
function isWantOfRoom(error: unknown): boolean {
  const codes = ['TG_MODEL_MEMORY_EXCEEDED', 'TG_MODEL_TOO_LARGE'];
  return isTollgateError(error) && codes.includes(error.code);
}

function stateOf({ loaded, loading, failure }: Entry): KnownModel['state'] {
  if (loaded !== null) return 'loaded';
  if (loading !== null) return 'loading';
  return failure === null ? 'unloaded' : 'failed';
}

/** For a model that nobody can reach: it was unloaded, or the server stopped, while it was being loaded. */
async function discard(loaded: LoadedModel): Promise<never> {
  await loaded.stop();
  const { name } = loaded.directory;
  throw errEngineStopped(`the model ${name} was unloaded while it was being loaded`, {
    hint: 'load it again',
  });
}
