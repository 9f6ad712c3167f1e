import { describe, expect, it } from 'vitest';
import type { CallError, CallErrorKind } from '../measure/call-record.ts';
import { createHopelessStart } from './hopeless-start.ts';

const failed = (kind: CallErrorKind, status: number | null = null): CallError => ({
  kind,
  status,
  message: '',
});
const REFUSED = failed('connect_refused');

/** After how many calls the run is given up; null when it is not. */
function givenUpAfter(outcomes: readonly (CallError | null)[]): number | null {
  const isHopeless = createHopelessStart();
  const at = outcomes.findIndex((outcome) => isHopeless(outcome));
  return at === -1 ? null : at + 1;
}

describe('a start', () => {
  const check = (name: string, outcomes: readonly (CallError | null)[], expected: number | null): void => {
    it(`${name}: ${expected === null ? 'goes on' : `is given up after ${expected} calls`}`, () => {
      expect(givenUpAfter(outcomes)).toBe(expected);
    });
  };
  const many = (error: CallError | null): (CallError | null)[] =>
    new Array<CallError | null>(100).fill(error);
  check('that nothing listens to', many(REFUSED), 20);
  check('with a wrong key', many(failed('http_auth', 401)), 20);
  check('at a wrong path', many(failed('http_client_error', 404)), 20);
  check('at an address that moved', many(failed('http_client_error', 302)), 20);
  check('with a request that the server refuses', many(failed('http_client_error', 400)), null);
  check('at a server that fails', many(failed('http_server_error', 503)), null);
  check(
    'with one success among the first calls',
    [...many(REFUSED).slice(0, 19), null, ...many(REFUSED)],
    null,
  );
  check('with failures of two kinds', [failed('dns'), ...many(REFUSED)], null);
  check('too short to say', many(REFUSED).slice(0, 19), null);
});
