// A steady load of small calls that remembers which answers arrived whole: those may never be missing from the ledger.
import { setTimeout as delay } from 'node:timers/promises';

export interface SteadyLoad {
  /** Call ids of answers that were received to their last byte. */
  readonly answered: ReadonlySet<string>;
  /** One line for each call that did not get its whole answer. */
  readonly failures: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface SteadyLoadOptions {
  readonly sidecar: string;
  readonly atOnce: number;
  /** Pause of each caller between two calls. */
  readonly pauseMs: number;
  readonly team: string;
}

export function startSteadyLoad({ sidecar, atOnce, pauseMs, team }: SteadyLoadOptions): SteadyLoad {
  const answered = new Set<string>();
  const failures: string[] = [];
  let running = true;
  let count = 0;

  const callOnce = async (index: number): Promise<void> => {
    try {
      const answer = await fetch(`${sidecar}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer sk-test',
          'x-tollgate-team': team,
        },
        body: JSON.stringify({
          model: 'model-a',
          stream: index % 2 === 0,
          messages: [{ role: 'user', content: `case ${index}` }],
        }),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await answer.text();
      const whole = index % 2 === 0 ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}');
      if (answer.status === 200 && whole) answered.add(answer.headers.get('x-tollgate-call-id') ?? '');
      else failures.push(`${answer.status} ${text.slice(0, 200)}`);
    } catch (error) {
      failures.push(error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error));
    }
  };
  const caller = async (): Promise<void> => {
    while (running) {
      await callOnce(count++);
      await delay(pauseMs);
    }
  };
  const callers = Array.from({ length: atOnce }, caller);
  return {
    answered,
    failures,
    stop: async () => {
      running = false;
      await Promise.all(callers);
    },
  };
}
