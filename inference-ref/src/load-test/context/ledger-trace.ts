// Calls recorded by our own collector, to be replayed: read page by page from its query API.
import { CallsAnswer } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { request } from 'undici';
import type { TracedCall } from '../shapes/shape.ts';

const errLedger = defineError('TG_LOADTEST_LEDGER', 502);

export interface LedgerTraceOptions {
  readonly collector: string;
  readonly token: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
}

const PAGE = 500;
const MOST_CALLS = 100_000;

/** Throws TG_LOADTEST_LEDGER when the collector can't be asked or holds no call of that time. */
export async function fetchLedgerTrace(options: LedgerTraceOptions): Promise<TracedCall[]> {
  const { collector, token, from, to } = options;
  const calls: TracedCall[] = [];
  let cursor: string | null = null;
  do {
    const url = new URL('/api/v1/calls', collector);
    url.search = new URLSearchParams({
      from,
      to,
      limit: String(PAGE),
      ...(cursor === null ? {} : { cursor }),
    }).toString();
    const page = await fetchPage(url, token);
    for (const call of page.calls) {
      // Refused before any model saw it: nothing of it can be sent again.
      if (call.input_tokens === 0) continue;
      calls.push({
        atMs: Date.parse(call.started_at),
        inputTokens: call.input_tokens,
        outputTokens: call.output_tokens,
        blockIds: [],
      });
    }
    cursor = page.next;
  } while (cursor !== null && calls.length < MOST_CALLS);
  if (calls.length === 0)
    throw errLedger('the ledger holds no call of that time', { hint: 'widen --trace-from and --trace-to' });
  return calls.sort((a, b) => a.atMs - b.atMs);
}

async function fetchPage(url: URL, token: string): Promise<CallsAnswer> {
  let answer: { readonly statusCode: number; readonly text: string };
  try {
    const { statusCode, body } = await request(url, { headers: { authorization: `Bearer ${token}` } });
    answer = { statusCode, text: await body.text() };
  } catch (cause) {
    throw errLedger(`the collector at ${url.origin} can't be reached`, { cause, hint: 'check --collector' });
  }
  if (answer.statusCode !== 200) {
    throw errLedger(`the collector answered ${answer.statusCode}: ${answer.text.slice(0, 200)}`, {
      hint: 'check --collector and --token',
    });
  }
  return CallsAnswer.parse(JSON.parse(answer.text));
}
