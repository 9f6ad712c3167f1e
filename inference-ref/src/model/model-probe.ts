// A probe of a loaded model: one greedy token for one token of prompt, ahead of everything that waits.

import type { Clock } from '@tollgate/service-kit/clock';
import { greedyParams } from '../sampling/generation-params.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { HealthTarget } from './model-health.ts';

const PROBE_TIMEOUT_MS = 20_000;
/** However long others have waited, and been raised for it. */
const FIRST_IN_LINE = Number.MIN_SAFE_INTEGER;

export function probeTarget({ directory, engine }: LoadedModel, clock: Clock): HealthTarget {
  return {
    name: directory.name,
    async probe() {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          engine.cancel(id);
          reject(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`));
        }, PROBE_TIMEOUT_MS);
        const request = {
          promptTokens: Int32Array.of(directory.endTokenIds[0] ?? 0),
          params: { ...greedyParams, maxTokens: 1 },
          priority: FIRST_IN_LINE,
          tenant: 'health-probe',
          cacheSalt: 'health-probe',
          // The true time: a batch is closed early for whoever has waited long.
          arrivedAtMs: clock.monotonicMs(),
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
