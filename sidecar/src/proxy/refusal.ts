// Answers the client ourselves, in the shape of the API it called, after the call was recorded.
import type { ServerResponse } from 'node:http';
import { CALL_ID_HEADER, type Outcome, REASON_HEADER } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import { type ErrorAnswer, renderError } from '../policy/error-answer.ts';
import type { CallSink, CallState } from './call-state.ts';

export interface Refusal {
  readonly call: CallState;
  readonly response: ServerResponse;
  readonly error: ErrorAnswer;
  readonly outcome: Outcome;
  readonly calls: CallSink;
  readonly clock: Clock;
}

export function refuse({ call, response, error, outcome, calls, clock }: Refusal): void {
  call.status = error.status;
  const { body, headers } = renderError(call.api, error);
  calls.finish(call, {
    answer: 'cut',
    ending: { outcome, errorType: error.reason, endedAtMs: clock.monotonicMs() },
    release() {
      if (response.destroyed) return;
      response.writeHead(error.status, [
        ...headers.flat(),
        'content-length',
        String(Buffer.byteLength(body)),
        CALL_ID_HEADER,
        call.callId,
        REASON_HEADER,
        error.reason,
      ]);
      response.end(body);
    },
  });
}
