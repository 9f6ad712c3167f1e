import type { CallSummary, CallsAnswer } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { appendOlder, countNew, mergeNewest } from './call-list.ts';

function call(second: number): CallSummary {
  return {
    call_id: `id-${String(second).padStart(3, '0')}`,
    started_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    team: 't',
    user: '',
    app: '',
    provider: 'openai',
    upstream: 'openai',
    api: 'openai.chat_completions',
    model: 'm',
    stream: true,
    status: 200,
    outcome: 'ok',
    input_tokens: 1,
    cached_input_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    usage_source: 'reported',
    finish_reason: 'stop',
    cost_usd: '0.1',
    cost_status: 'exact',
    ttft_ms: 5,
    latency_ms: 10,
  };
}
const page = (seconds: number[], next: string | null): CallsAnswer => ({ calls: seconds.map(call), next });
const seconds = (list: { calls: readonly CallSummary[] }) =>
  list.calls.map(({ call_id }) => Number(call_id.slice(3)));

describe('mergeNewest', () => {
  it('puts new calls on top and keeps the older pages that were loaded', () => {
    const first = mergeNewest(null, page([5, 4, 3], 'c3'));
    const deep = appendOlder(first, page([2, 1], 'c1'));
    const merged = mergeNewest(deep, page([7, 6, 5], 'c5'));
    expect(seconds(merged)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(merged.older).toBe('c1');
  });

  it('shows a call that began earlier and ended only now in its place', () => {
    const list = mergeNewest(null, page([9, 7, 3], 'c3'));
    expect(seconds(mergeNewest(list, page([9, 8, 7], 'c7')))).toEqual([9, 8, 7, 3]);
  });

  it('starts over when page and list do not touch, rather than leave a hole', () => {
    const list = mergeNewest(null, page([3, 2, 1], null));
    const merged = mergeNewest(list, page([9, 8, 7], 'c7'));
    expect(seconds(merged)).toEqual([9, 8, 7]);
    expect(merged.older).toBe('c7');
  });

  it('takes the page as the whole when nothing is older', () => {
    const list = mergeNewest(null, page([3, 2, 1], 'c1'));
    expect(mergeNewest(list, page([4, 3], null))).toEqual({ calls: [call(4), call(3)], older: null });
  });

  it('counts what waits above', () => {
    const list = mergeNewest(null, page([3, 2], 'c2'));
    expect(countNew(list, page([5, 4, 3], 'c3'))).toBe(2);
  });
});
