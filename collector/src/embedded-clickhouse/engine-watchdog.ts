// Notices an engine process that lives but no longer answers, so that its supervisor can end it and start another.
import { setTimeout as delay } from 'node:timers/promises';

export interface EngineWatchdogOptions {
  /** Resolves to whether the engine answered. Never rejects. */
  readonly answers: () => Promise<boolean>;
  /** Called once when the engine did not answer `failuresAllowed + 1` times in a row. */
  readonly onHung: () => void;
  readonly intervalMs: number;
  readonly failuresAllowed: number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface EngineWatchdog {
  readonly stop: () => void;
  /** Resolves when the watch is over, for either reason. */
  readonly ended: Promise<void>;
}

/** Watches until stopped or until it found the engine hung. */
export function createEngineWatchdog(options: EngineWatchdogOptions): EngineWatchdog {
  const { answers, onHung, intervalMs, failuresAllowed } = options;
  const pause = options.pause ?? ((ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined));
  const controller = new AbortController();
  const { signal } = controller;

  const watch = async (): Promise<void> => {
    let failures = 0;
    while (failures <= failuresAllowed) {
      await pause(intervalMs, signal);
      if (signal.aborted) return;
      failures = (await answers()) ? 0 : failures + 1;
    }
    if (!signal.aborted) onHung();
  };
  return { stop: () => controller.abort(), ended: watch() };
}

/** Asks the store's /ping. Refused, broken or too late: all of them are no answer. */
export async function pingEngine(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
