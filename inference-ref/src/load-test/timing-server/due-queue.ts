// Hands items out at their time, from a heap. Node's timers know whole milliseconds and are up to one late, which a server of
// known timing cannot afford: the last stretch is slept in naps, between which the event loop looks for what has come in.

/** An item is in the queue at most once, and carries its own place in it: adding one allocates nothing. */
export interface DueItem {
  dueMs: number;
  /** Set by the queue: what was added first comes first among equals. */
  order: number;
}

export interface DueQueue<Item extends DueItem> {
  readonly add: (item: Item) => void;
  /** Nothing is handed out for this long; everything waiting is put off by as much. */
  readonly freeze: (forMs: number) => void;
  readonly stop: () => void;
}

export interface DueQueueOptions<Item extends DueItem> {
  readonly nowMs: () => number;
  readonly onDue: (item: Item) => void;
}

/** Shorter than a nap can be: what is due within it may run now. */
const EARLY_MS = 0.03;
/** A timer's grain, and its usual lateness. */
const TIMER_REACH_MS = 2;
/** What comes in meanwhile waits as long; shorter ones take the core from a client that shares it. */
const NAP_MS = 0.4;
const napping = new Int32Array(new SharedArrayBuffer(4));

export function createDueQueue<Item extends DueItem>({
  nowMs,
  onDue,
}: DueQueueOptions<Item>): DueQueue<Item> {
  const heap: Item[] = [];
  let order = 0;
  let frozenUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isAwake = false;
  let timerDueMs = Number.POSITIVE_INFINITY;

  const tick = (): void => {
    timer = undefined;
    timerDueMs = Number.POSITIVE_INFINITY;
    isAwake = false;
    for (let next = heap[0]; next !== undefined; next = heap[0]) {
      if (Math.max(next.dueMs, frozenUntilMs) > nowMs() + EARLY_MS) break;
      popHeap(heap);
      onDue(next);
    }
    arm();
  };
  const arm = (): void => {
    const next = heap[0];
    if (next === undefined || isAwake) return;
    const dueMs = Math.max(next.dueMs, frozenUntilMs);
    const leftMs = dueMs - nowMs();
    if (leftMs < TIMER_REACH_MS) {
      clearTimeout(timer);
      isAwake = true;
      setImmediate(nap);
      return;
    }
    if (timer !== undefined && timerDueMs <= dueMs) return;
    clearTimeout(timer);
    timerDueMs = dueMs;
    timer = setTimeout(tick, Math.floor(leftMs - TIMER_REACH_MS / 2));
  };
  const nap = (): void => {
    const next = heap[0];
    const leftMs = next === undefined ? 0 : Math.max(next.dueMs, frozenUntilMs) - nowMs();
    if (leftMs > EARLY_MS) Atomics.wait(napping, 0, 0, Math.min(NAP_MS, leftMs - EARLY_MS));
    tick();
  };
  return {
    add: (item) => {
      item.dueMs += Math.max(0, frozenUntilMs - nowMs());
      item.order = order++;
      pushHeap(heap, item);
      arm();
    },
    freeze: (forMs) => {
      frozenUntilMs = nowMs() + forMs;
      for (const due of heap) due.dueMs += forMs;
      clearTimeout(timer);
      timer = undefined;
      arm();
    },
    stop: () => {
      clearTimeout(timer);
      heap.length = 0;
    },
  };
}

function before(a: DueItem, b: DueItem): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function pushHeap<Item extends DueItem>(heap: Item[], item: Item): void {
  let index = heap.push(item) - 1;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !before(item, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = item;
}

function popHeap<Item extends DueItem>(heap: Item[]): void {
  const item = heap.pop();
  if (item === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const leftItem = heap[left];
    if (leftItem === undefined) break;
    const rightItem = heap[left + 1];
    const [childIndex, child] =
      rightItem !== undefined && before(rightItem, leftItem) ? [left + 1, rightItem] : [left, leftItem];
    if (!before(child, item)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = item;
}
