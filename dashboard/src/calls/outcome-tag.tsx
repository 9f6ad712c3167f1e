// How a call ended, as a coloured word.
import type { Outcome } from '@tollgate/contract';
import { Tag, type Tone } from '../ui/tag.tsx';

const OUTCOMES: Record<Outcome, { tone: Tone; label: string; hint: string }> = {
  ok: { tone: 'good', label: 'ok', hint: 'Answered in full' },
  cache_hit: { tone: 'good', label: 'cache hit', hint: 'Answered from the cache, without the provider' },
  client_aborted: {
    tone: 'neutral',
    label: 'client left',
    hint: 'The client closed the connection before the end',
  },
  upstream_error: { tone: 'bad', label: 'upstream error', hint: 'The provider answered with an error' },
  upstream_unreachable: { tone: 'bad', label: 'unreachable', hint: 'No connection to the provider' },
  timeout: { tone: 'bad', label: 'timeout', hint: 'The provider took too long' },
  blocked: { tone: 'warn', label: 'blocked', hint: 'Refused by a content filter' },
  rate_limited: { tone: 'warn', label: 'rate limited', hint: 'Refused: too many calls' },
  budget_denied: { tone: 'warn', label: 'over budget', hint: 'Refused: the budget is spent' },
  unauthorized: { tone: 'warn', label: 'unauthorized', hint: 'Refused: no valid key' },
  invalid_request: { tone: 'warn', label: 'invalid', hint: 'The request was not understood' },
};

export const OUTCOME_LABELS = Object.entries(OUTCOMES).map(([value, { label }]) => ({ value, label }));

export function OutcomeTag({ outcome, status }: { outcome: Outcome; status: number }) {
  const { tone, label, hint } = OUTCOMES[outcome];
  return (
    <Tag tone={tone} title={`${hint} (status ${status === 0 ? 'none sent' : status})`}>
      {label}
    </Tag>
  );
}
