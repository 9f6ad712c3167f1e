// Calls at a steady rate, whether answers come or not: who is slow is not asked less. Keeps failures and latencies by phase.
import { Pool } from 'undici';

export interface RateLoad {
  /** From now on latencies belong to this phase. */
  readonly phase: (name: string) => void;
  /** Calls whose answer arrived whole, and one line for each of the others. */
  readonly answered: () => number;
  readonly failures: readonly string[];
  /** Sorted milliseconds of each phase's calls. */
  readonly latenciesMs: () => ReadonlyMap<string, readonly number[]>;
  /** Sends no more and waits for what is open. */
  readonly stop: () => Promise<void>;
}

export interface RateLoadOptions {
  readonly sidecarUrl: string;
  readonly ratePerSecond: number;
}

const TICK_MS = 5;
const BODY = JSON.stringify({
  model: 'model-a',
  messages: [{ role: 'user', content: 'what is left of it 7' }],
});

export function startRateLoad({ sidecarUrl, ratePerSecond }: RateLoadOptions): RateLoad {
  const pool = new Pool(sidecarUrl, { connections: 128 });
  const open = new Set<Promise<void>>();
  const failures: string[] = [];
  const latencies = new Map<string, number[]>();
  const startedAtMs = performance.now();
  let current: number[] = [];
  let sent = 0;
  let answered = 0;

  const callOnce = async (into: number[]): Promise<void> => {
    const sentAtMs = performance.now();
    try {
      const { statusCode, body } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tollgate-team': 'outage' },
        body: BODY,
      });
      const text = await body.text();
      if (statusCode === 200 && text.endsWith('}')) answered += 1;
      else failures.push(`${statusCode} ${text.slice(0, 200)}`);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
    into.push(performance.now() - sentAtMs);
  };

  const tick = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) * ratePerSecond) / 1000);
    for (; sent < due; sent += 1) {
      const call = callOnce(current).finally(() => open.delete(call));
      open.add(call);
    }
  }, TICK_MS);

  return {
    phase: (name) => {
      current = latencies.get(name) ?? [];
      latencies.set(name, current);
    },
    answered: () => answered,
    failures,
    latenciesMs: () =>
      new Map([...latencies].map(([name, values]) => [name, values.toSorted((a, b) => a - b)])),
    stop: async () => {
      clearInterval(tick);
      await Promise.all(open);
      await pool.destroy();
    },
  };
}
