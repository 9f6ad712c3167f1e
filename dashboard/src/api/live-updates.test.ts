import { describe, expect, it } from 'vitest';
import { type LiveState, startLiveUpdates } from './live-updates.ts';

function createFakeSource() {
  const listeners = new Map<string, () => void>();
  return {
    readyState: 0,
    closed: false,
    addEventListener(type: string, listener: () => void) {
      listeners.set(type, listener);
    },
    close() {
      this.closed = true;
    },
    emit(type: string) {
      listeners.get(type)?.();
    },
  };
}

function createStage() {
  const sources: ReturnType<typeof createFakeSource>[] = [];
  const timers: { action: () => void; delayMs: number }[] = [];
  const states: LiveState[] = [];
  let changes = 0;
  let visible = true;
  let tellVisibility = () => {};
  const live = startLiveUpdates({
    openSource: () => {
      const source = createFakeSource();
      sources.push(source);
      return source;
    },
    isVisible: () => visible,
    onVisibilityChange: (listener) => {
      tellVisibility = listener;
      return () => {};
    },
    setTimer: (action, delayMs) => {
      const timer = { action, delayMs };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
    onChange: () => {
      changes += 1;
    },
    onState: (state) => states.push(state),
  });
  return {
    live,
    states,
    timers,
    changes: () => changes,
    source: () => sources.at(-1) ?? createFakeSource(),
    sources,
    show(now: boolean) {
      visible = now;
      tellVisibility();
    },
    fire(delayMs: number) {
      const timer = timers.find((each) => each.delayMs === delayMs);
      if (timer === undefined) throw new Error(`no timer of ${delayMs} ms`);
      timers.splice(timers.indexOf(timer), 1);
      timer.action();
    },
  };
}

describe('startLiveUpdates', () => {
  it('passes on each change that the collector announces', () => {
    const stage = createStage();
    stage.source().emit('open');
    stage.source().emit('message');
    stage.source().emit('message');
    expect(stage.states.at(-1)).toBe('streaming');
    expect(stage.changes()).toBe(2);
  });

  it('asks every 1.5 s where the collector has no events, and tries the events again later', () => {
    const stage = createStage();
    const refused = stage.source();
    refused.readyState = 2;
    refused.emit('error');
    expect(stage.states.at(-1)).toBe('polling');
    expect(stage.changes()).toBe(1);
    stage.fire(1500);
    stage.fire(1500);
    expect(stage.changes()).toBe(3);
    stage.fire(30_000);
    expect(stage.sources).toHaveLength(2);
    stage.source().emit('open');
    expect(stage.states.at(-1)).toBe('streaming');
    expect(stage.timers.map(({ delayMs }) => delayMs)).toEqual([40_000]);
  });

  it('catches up once the connection is back', () => {
    const stage = createStage();
    stage.source().emit('open');
    stage.source().emit('error');
    expect(stage.states.at(-1)).toBe('connecting');
    stage.source().emit('open');
    stage.source().emit('message');
    expect(stage.states.at(-1)).toBe('streaming');
    expect(stage.changes()).toBe(1);
  });

  it('says so when a collector that keeps the connection open gives no sign of life, and asks anew', () => {
    const stage = createStage();
    const hung = stage.source();
    hung.emit('open');
    stage.fire(40_000);
    expect(stage.states.at(-1)).toBe('silent');
    expect(hung.closed).toBe(true);
    expect(stage.sources).toHaveLength(2);
    stage.source().emit('error');
    stage.fire(40_000);
    expect(stage.states.at(-1)).toBe('silent');
    stage.source().emit('open');
    expect(stage.states.at(-1)).toBe('streaming');
  });

  it('takes a heartbeat for a sign of life, not for a change', () => {
    const stage = createStage();
    stage.source().emit('open');
    const [armed] = stage.timers;
    stage.source().emit('heartbeat');
    expect(stage.timers).toHaveLength(1);
    expect(stage.timers[0]).not.toBe(armed);
    expect(stage.states.at(-1)).toBe('streaming');
    expect(stage.changes()).toBe(0);
  });

  it('does not wait for ever for a first answer', () => {
    const stage = createStage();
    stage.fire(40_000);
    expect(stage.states.at(-1)).toBe('silent');
  });

  it('rests while the page is hidden and catches up when it is shown', () => {
    const stage = createStage();
    stage.source().emit('open');
    stage.show(false);
    expect(stage.states.at(-1)).toBe('paused');
    expect(stage.source().closed).toBe(true);
    stage.show(true);
    stage.source().emit('open');
    stage.source().emit('message');
    expect(stage.changes()).toBe(1);
  });

  it('leaves nothing running when stopped', () => {
    const stage = createStage();
    const refused = stage.source();
    refused.readyState = 2;
    refused.emit('error');
    stage.live.stop();
    expect(stage.timers).toEqual([]);
  });
});
