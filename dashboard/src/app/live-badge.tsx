// Says how fresh the page is.
import { useLiveState } from '../api/live-context.ts';
import type { LiveState } from '../api/live-updates.ts';

const TEXTS: Record<LiveState, { label: string; hint: string }> = {
  connecting: { label: 'Connecting', hint: 'The connection to the collector is being made.' },
  streaming: { label: 'Live', hint: 'The collector answers, and the page follows what it stores.' },
  polling: { label: 'Live', hint: 'The page asks for changes every 1.5 seconds.' },
  silent: { label: 'No answer', hint: 'The collector gives no sign of life: what is shown may be old.' },
  paused: { label: 'Paused', hint: 'The page rests while it is hidden.' },
};

export function LiveBadge() {
  const state = useLiveState();
  const { label, hint } = TEXTS[state];
  return (
    <span className="tg-live" data-state={state} title={hint} role="status">
      <span className="tg-live-dot" />
      {label}
    </span>
  );
}
