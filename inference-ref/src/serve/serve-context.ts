// What every route needs, and what they all do with a request: find the model, name the tenant, start a generation and
// account for it.

import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { FastifyRequest } from 'fastify';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { HealthMonitor } from '../model/model-health.ts';
import type { ModelRegistry } from '../model/model-registry.ts';
import { type Generation, type GenerationPlan, type GenerationSink, startGeneration } from './generation.ts';
import type { InferenceMetrics } from './inference-metrics.ts';

export interface ServeContext {
  readonly registry: ModelRegistry;
  readonly metrics: InferenceMetrics;
  readonly health: HealthMonitor;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface TrackedGeneration {
  readonly model: LoadedModel;
  readonly request: FastifyRequest;
  readonly stream: boolean;
  readonly plan: GenerationPlan;
}

export function startTracked(
  context: ServeContext,
  tracked: TrackedGeneration,
  sink: GenerationSink,
): Generation {
  const { metrics, clock, log } = context;
  const { model, request, plan, stream } = tracked;
  const { id: requestId, record } = request;
  const endpoint = request.routeOptions.url ?? 'unknown';
  const modelId = model.directory.name;
  if (record !== null) {
    const { params, receivedMs } = plan;
    record.generation = { params, stream, choices: plan.prompts.length * plan.choicesPerPrompt, receivedMs };
  }
  const finish = metrics.begin({ modelId, endpoint });
  return startGeneration({
    engine: model.engine,
    plan,
    clock,
    sink,
    onSummary: (summary) => {
      finish(summary);
      if (record !== null) {
        record.summary = summary;
        record.errorCode = summary.errorCode;
      }
      const { usage, timing, outcome } = summary;
      const latency = timing.queueMs + timing.prefillMs + timing.decodeMs;
      const tokens = { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens };
      log.debug(
        { request_id: requestId, model_id: modelId, endpoint, outcome, latency_ms: latency, ...tokens },
        'request.finished',
      );
    },
  });
}

/** Who waits in line with whom: an explicit header, the request's `user`, else everybody together. */
export function tenantOf(request: FastifyRequest, user: string | null | undefined): string {
  const header = request.headers['x-tenant-id'];
  return (typeof header === 'string' && header !== '' ? header : user) ?? 'anonymous';
}
