// What tests of the data path ask of the stack: one call's record, and an answer's bytes.
import type { CallSummary, CallsAnswer } from '@tollgate/contract';
import { aroundNow, eventually, type RunningStack } from './running-stack.ts';

export async function recordedCall(stack: RunningStack, callId: string | null): Promise<CallSummary> {
  return firstCall(stack, {}, (call) => call.call_id === callId);
}

export async function newestCall(stack: RunningStack, outcome: string): Promise<CallSummary> {
  return firstCall(stack, { outcome }, () => true);
}

async function firstCall(
  stack: RunningStack,
  filter: Record<string, string>,
  wanted: (call: CallSummary) => boolean,
): Promise<CallSummary> {
  const { calls } = await eventually(
    () => stack.query<CallsAnswer>('calls', { ...aroundNow(), limit: '500', ...filter }),
    (answer) => answer.calls.some(wanted),
    4_000,
  );
  const call = calls.find(wanted);
  if (call === undefined) throw new Error('the call is not recorded');
  return call;
}

export async function rawAnswer(
  stack: RunningStack,
  path: string,
  body: unknown,
): Promise<{ bytes: Buffer; callId: string | null }> {
  const answer = await fetch(`${stack.sidecar}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { bytes: Buffer.from(await answer.arrayBuffer()), callId: answer.headers.get('x-tollgate-call-id') };
}
