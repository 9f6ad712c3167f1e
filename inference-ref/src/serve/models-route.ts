// GET /v1/models and /v1/models/{id}.

import type { FastifyInstance } from 'fastify';
import type { ModelHealth } from '../model/model-health.ts';
import type { KnownModel } from '../model/model-registry.ts';
import { errModelUnknown } from './openai-error.ts';
import type { ServeContext } from './serve-context.ts';

export function registerModels(app: FastifyInstance, { registry, health }: ServeContext): void {
  const fields = (model: KnownModel) => modelFields(model, health.of(model.directory.name));
  app.get('/v1/models', () => ({ object: 'list', data: registry.models.map(fields) }));
  app.get('/v1/models/:id', (request) => {
    const { id } = request.params as { id: string };
    const found = registry.models.find(({ directory }) => directory.name === id);
    if (found === undefined) throw errModelUnknown(`the model ${id} does not exist`);
    return fields(found);
  });
}

/** POST /admin/models/{id}/load | unload | reload. Reloading swaps a changed file in without refusing a request. */
export function registerModelAdmin(app: FastifyInstance, { registry, health }: ServeContext): void {
  const actions = {
    load: async (id: string) => void (await registry.acquire(id)),
    unload: async (id: string) => void (await registry.unload(id)),
    reload: async (id: string) => void (await registry.reload(id)),
  };
  for (const [name, action] of Object.entries(actions)) {
    app.post(`/admin/models/:id/${name}`, async (request) => {
      const { id } = request.params as { id: string };
      await action(id);
      const found = registry.models.find(({ directory }) => directory.name === id);
      if (found === undefined) throw errModelUnknown(`the model ${id} does not exist`);
      return modelFields(found, health.of(id));
    });
  }
}

function modelFields({ directory, state, loaded, failure }: KnownModel, health: ModelHealth): object {
  return {
    id: directory.name,
    object: 'model',
    created: directory.createdAt,
    owned_by: 'tollgate',
    max_model_len: directory.contextTokens,
    tollgate: {
      state,
      failure,
      health: health.state,
      weight_bytes: directory.weightBytes,
      device: loaded?.ready.device ?? null,
      load_ms: loaded === null ? null : Math.round(loaded.loadMs),
    },
  };
}
