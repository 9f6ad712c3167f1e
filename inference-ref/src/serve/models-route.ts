// GET /v1/models and /v1/models/{id}.

import type { FastifyInstance } from 'fastify';
import type { KnownModel } from '../model/model-registry.ts';
import { errModelUnknown } from './openai-error.ts';
import type { ServeContext } from './serve-context.ts';

export function registerModels(app: FastifyInstance, { registry }: ServeContext): void {
  app.get('/v1/models', () => ({ object: 'list', data: registry.models.map(modelFields) }));
  app.get('/v1/models/:id', (request) => {
    const { id } = request.params as { id: string };
    const found = registry.models.find(({ directory }) => directory.name === id);
    if (found === undefined) throw errModelUnknown(`the model ${id} does not exist`);
    return modelFields(found);
  });
}

function modelFields({ directory, state, loaded }: KnownModel): object {
  return {
    id: directory.name,
    object: 'model',
    created: directory.createdAt,
    owned_by: 'tollgate',
    max_model_len: directory.contextTokens,
    tollgate: { state, device: loaded?.ready.device ?? null, weight_bytes: directory.weightBytes },
  };
}
