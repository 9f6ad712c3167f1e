// Waits until a service says on /readyz that it serves its purpose.
import { setTimeout as delay } from 'node:timers/promises';
import { defineError } from '@tollgate/service-kit/tollgate-error';

const errStackNotReady = defineError('TG_STACK_NOT_READY', 500);
const POLL_MS = 100;

/** Resolves once `GET <baseUrl>/readyz` answers 200. Throws TG_STACK_NOT_READY with the last reason after `timeoutMs`. */
export async function waitUntilReady(baseUrl: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let reason = 'no answer yet';
  while (performance.now() < deadline) {
    try {
      const answer = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
      const body = await answer.text();
      if (answer.ok) return;
      reason = `HTTP ${answer.status} ${body.slice(0, 500)}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await delay(POLL_MS);
  }
  throw errStackNotReady(`${baseUrl} was not ready after ${timeoutMs / 1000} s: ${reason}`, {
    hint: 'the log of that service says why; is its port free and the data directory writable?',
  });
}
