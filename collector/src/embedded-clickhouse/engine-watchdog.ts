// Notices an engine process that lives but no longer answers, and ends it so that its supervisor starts another.
import { setTimeout as delay } from 'node:timers/promises';

export interface EngineWatchdogOptions {
  readonly url: string;
  /** Called once when the engine did not answer `failuresAllowed + 1` times in a row. */
  readonly onHung: () => void;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failuresAllowed: number;
}

/** Watches until stopped or until it found the engine hung. */
export function createEngineWatchdog(options: EngineWatchdogOptions): { readonly stop: () => void } {
  const { url, onHung, intervalMs, timeoutMs, failuresAllowed } = options;
  const controller = new AbortController();
  const { signal } = controller;

  const watch = async (): Promise<void> => {
    for (let failures = 0; failures <= failuresAllowed; ) {
      await delay(intervalMs, undefined, { signal });
      failures = (await answers(url, timeoutMs)) ? 0 : failures + 1;
    }
    if (!signal.aborted) onHung();
  };
  watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return { stop: () => controller.abort() };
}

async function answers(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Refused, broken or too late: all of them mean no answer.
    return false;
  }
}
