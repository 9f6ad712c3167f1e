// What the failed calls of a run were told: one sample of each kind, the most frequent first, with what to do about it.
import type { LoadTestRun } from '@tollgate/contract';
import type { CallError, CallErrorKind } from '../measure/call-record.ts';
import type { MeasuredCall } from '../measure/run-figures.ts';

const HINTS: Readonly<Record<CallErrorKind, string | null>> = {
  connect_refused: 'nothing listens at --url: is the server up?',
  connect_timeout:
    'no connection in time: a wrong address, a firewall, or a full accept queue (--connect-timeout)',
  dns: 'the host name of --url is not known here',
  tls: "trust the server's certificate with --ca <file>, or accept any with --insecure",
  connection_reset: 'the server closed the connection: its own log tells why',
  stall_timeout: 'the stream stood still: --stall-timeout gives it longer',
  total_timeout: 'the call took too long: --timeout gives it longer',
  http_auth: 'give a key with --api-key or --api-key-file',
  http_rate_limited: 'the server limits its clients: less load, or a higher limit there',
  http_client_error: 'the server refuses the request: check --url, --model and --api',
  http_server_error: 'the server failed: its own log tells why',
  stream_error: null,
  stream_truncated: null,
  stream_malformed: 'what came is no stream of the API that --api names',
  empty_answer: null,
  client_limit: 'this machine ran out of sockets or open files: raise ulimit -n, or use more machines',
  other: null,
};

function hintOf({ kind, status }: CallError): string | null {
  if (status !== null && status >= 300 && status < 400)
    return 'no redirect is followed: give the address it points to as --url';
  return HINTS[kind];
}

export function errorSamples(measured: readonly MeasuredCall[]): LoadTestRun['error_samples'] {
  const byKind = new Map<CallErrorKind, LoadTestRun['error_samples'][number]>();
  for (const { call } of measured) {
    if (call.error === null) continue;
    const { kind, status, message } = call.error;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, { kind, count: 1, status, message, hint: hintOf(call.error) });
    else known.count += 1;
  }
  return [...byKind.values()].sort((a, b) => b.count - a.count);
}
