// A probe of a loaded model: one greedy token for one token of prompt, ahead of everything that waits.

import { greedyParams } from '../sampling/generation-params.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { HealthTarget } from './model-health.ts';

const PROBE_TIMEOUT_MS = 20_000;
const FIRST_IN_LINE = -1_000;

export function probeTarget({ directory, engine }: LoadedModel): HealthTarget {
  return {
    name: directory.name,
    async probe() {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          engine.cancel(id);
          reject(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`));
        }, PROBE_TIMEOUT_MS);
        const request = {
          ...{
            promptTokens: Int32Array.of(directory.endTokenIds[0] ?? 0),
            params: { ...greedyParams, maxTokens: 1 },
          },
          ...{ priority: FIRST_IN_LINE, tenant: 'health-probe', cacheSalt: 'health-probe', arrivedAtMs: 0 },
        };
        const id = engine.generate(request, (event) => {
          if (event.kind === 'admitted' || event.kind === 'token') return;
          clearTimeout(timer);
          if (event.kind === 'failed') reject(new Error(event.message));
          // A full queue is load, not illness.
          else resolve();
        });
      });
    },
    restart: () => engine.kill(),
  };
}
