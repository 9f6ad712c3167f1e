// Learns that the ledger has changed: by server-sent events where the collector offers them, else by asking on an interval.
// Pauses while the page is hidden. Fetches nothing itself.

export type LiveState = 'connecting' | 'streaming' | 'polling' | 'paused' | 'silent';

/** The part of EventSource that is used here. */
interface ChangeSource {
  readonly readyState: number;
  addEventListener(type: string, listener: () => void): void;
  close(): void;
}

interface LiveUpdatesDeps {
  openSource: () => ChangeSource;
  isVisible: () => boolean;
  onVisibilityChange: (listener: () => void) => () => void;
  setTimer: (action: () => void, delayMs: number) => () => void;
  onChange: () => void;
  onState: (state: LiveState) => void;
  pollMs?: number;
  /** How long to poll before events are tried again. */
  retryMs?: number;
  /** The collector sends a heartbeat every 15 s: after this long without a sign of life it does not answer. */
  silenceMs?: number;
}

interface LiveUpdates {
  stop(): void;
}

const CLOSED = 2;

export function startLiveUpdates(deps: LiveUpdatesDeps): LiveUpdates {
  const { pollMs = 1500, retryMs = 30_000, silenceMs = 40_000 } = deps;
  let source: ChangeSource | null = null;
  let isSilent = false;
  const cancels = new Set<() => void>();

  const after = (delayMs: number, action: () => void) => {
    const cancel = deps.setTimer(() => {
      cancels.delete(cancel);
      action();
    }, delayMs);
    cancels.add(cancel);
  };
  const clearTimers = () => {
    for (const cancel of cancels) cancel();
    cancels.clear();
  };
  const halt = () => {
    source?.close();
    source = null;
    isSilent = false;
    clearTimers();
  };
  const poll = () => {
    deps.onChange();
    after(pollMs, poll);
  };
  const fallBack = () => {
    halt();
    deps.onState('polling');
    poll();
    after(retryMs, connect);
  };
  function connect() {
    const opened = deps.openSource();
    source?.close();
    source = opened;
    listen(opened);
  }
  /** Not the open connection shows that the collector lives, but what comes over it: a process that hangs keeps it open. */
  function watchSilence() {
    clearTimers();
    after(silenceMs, () => {
      isSilent = true;
      deps.onState('silent');
      connect();
      watchSilence();
    });
  }
  function listen(opened: ChangeSource) {
    const isCurrent = () => source === opened;
    const hear = () => {
      watchSilence();
      if (!isSilent) return;
      isSilent = false;
      deps.onState('streaming');
    };
    opened.addEventListener('open', () => {
      if (!isCurrent()) return;
      isSilent = false;
      watchSilence();
      deps.onState('streaming');
    });
    // The collector sends the ledger's version at once, then after each change: a reconnect catches up by itself.
    opened.addEventListener('message', () => {
      if (!isCurrent()) return;
      hear();
      deps.onChange();
    });
    opened.addEventListener('heartbeat', () => {
      if (isCurrent()) hear();
    });
    opened.addEventListener('error', () => {
      if (!isCurrent()) return;
      if (opened.readyState === CLOSED) fallBack();
      else if (!isSilent) deps.onState('connecting');
    });
  }
  const follow = () => {
    halt();
    deps.onState(deps.isVisible() ? 'connecting' : 'paused');
    if (!deps.isVisible()) return;
    connect();
    watchSilence();
  };

  const unsubscribe = deps.onVisibilityChange(follow);
  follow();
  return {
    stop() {
      unsubscribe();
      halt();
    },
  };
}
