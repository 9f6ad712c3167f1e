// Tells when a run can only fail: its first calls were all turned away alike, before any model had a say. A dead address answers
// thousands of connects a second; hammering it measures nothing and hurts whoever owns it.
import type { CallError, CallErrorKind } from '../measure/call-record.ts';

/** So many alike, and no success among them, are no bad luck. */
const ENOUGH = 20;

const TURNED_AWAY: ReadonlySet<CallErrorKind> = new Set([
  'connect_refused',
  'connect_timeout',
  'dns',
  'tls',
  'http_auth',
]);

/** Takes the outcome of each call in turn; true from the call on that makes the run hopeless. */
export function createHopelessStart(): (error: CallError | null) => boolean {
  let first: string | null = null;
  let alike = 0;
  let over = false;
  return (error) => {
    if (over) return alike >= ENOUGH;
    const refusal = error === null ? null : refusalOf(error);
    if (refusal === null || (first !== null && refusal !== first)) {
      over = true;
      alike = 0;
      return false;
    }
    first = refusal;
    alike += 1;
    over = alike >= ENOUGH;
    return over;
  };
}

function refusalOf({ kind, status }: CallError): string | null {
  if (TURNED_AWAY.has(kind)) return kind;
  const elsewhere = status !== null && (status === 404 || status === 405 || (status >= 300 && status < 400));
  return kind === 'http_client_error' && elsewhere ? `${kind} ${status}` : null;
}
