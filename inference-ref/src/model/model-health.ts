// Whether a loaded model still answers: a one-token probe on an interval. Slow answers degrade it, failures in a row fail
// it, and a failed model's engine is restarted, not more often than a cool-down allows.

import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';

export type HealthState = 'healthy' | 'degraded' | 'failed';

export interface ModelHealth {
  readonly state: HealthState;
  readonly consecutiveFailures: number;
  readonly lastProbeMs: number | null;
  readonly lastError: string | null;
}

export interface HealthTarget {
  readonly name: string;
  /** Rejects where the model does not answer. */
  probe(): Promise<void>;
  restart(): void;
}

export interface HealthMonitorOptions {
  readonly targets: () => readonly HealthTarget[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: (name: string, health: ModelHealth) => void;
  readonly slowMs?: number;
  readonly failuresToFail?: number;
  readonly coolDownMs?: number;
}

export interface HealthMonitor {
  of(name: string): ModelHealth;
  /** What nobody needs to probe for: it was found hung, and whoever found it restarts it. */
  fail(name: string, reason: string): void;
  /** Probes every target once. */
  check(): Promise<void>;
}

const unprobed: ModelHealth = {
  state: 'healthy',
  consecutiveFailures: 0,
  lastProbeMs: null,
  lastError: null,
};

export function createHealthMonitor(options: HealthMonitorOptions): HealthMonitor {
  const { targets, clock, log, onChange } = options;
  const { slowMs = 5_000, failuresToFail = 3, coolDownMs = 300_000 } = options;
  const known = new Map<string, ModelHealth>();
  const restartedAt = new Map<string, number>();

  const settle = (name: string, health: ModelHealth) => {
    const before = known.get(name)?.state ?? 'healthy';
    known.set(name, health);
    if (before !== health.state) {
      const level = health.state === 'healthy' ? 'info' : 'warn';
      log[level]({ model_id: name, state: health.state, reason: health.lastError }, 'model.health_changed');
    }
    onChange(name, health);
  };

  const recover = (target: HealthTarget) => {
    const now = clock.monotonicMs();
    const last = restartedAt.get(target.name);
    if (last !== undefined && now - last < coolDownMs) return;
    restartedAt.set(target.name, now);
    log.warn({ model_id: target.name }, 'model.restarting');
    target.restart();
  };

  const checkOne = async (target: HealthTarget) => {
    const startedAt = clock.monotonicMs();
    try {
      await target.probe();
      const lastProbeMs = clock.monotonicMs() - startedAt;
      const state = lastProbeMs > slowMs ? 'degraded' : 'healthy';
      settle(target.name, { state, consecutiveFailures: 0, lastProbeMs, lastError: null });
    } catch (error) {
      const consecutiveFailures = (known.get(target.name)?.consecutiveFailures ?? 0) + 1;
      const state = consecutiveFailures >= failuresToFail ? 'failed' : 'degraded';
      const lastError = error instanceof Error ? error.message : String(error);
      settle(target.name, {
        state,
        consecutiveFailures,
        lastProbeMs: clock.monotonicMs() - startedAt,
        lastError,
      });
      if (state === 'failed') recover(target);
    }
  };

  return {
    of: (name) => known.get(name) ?? unprobed,
    fail(name, lastError) {
      restartedAt.set(name, clock.monotonicMs());
      settle(name, { state: 'failed', consecutiveFailures: failuresToFail, lastProbeMs: null, lastError });
    },
    async check() {
      const now = targets();
      for (const name of known.keys()) if (!now.some((target) => target.name === name)) known.delete(name);
      await Promise.all(now.map(checkOne));
    },
  };
}
