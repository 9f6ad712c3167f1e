// Runs things at their time with one timer and a heap; rounds to the nearest half millisecond instead of always being late.

export interface DueQueue {
  readonly at: (dueMs: number, run: () => void) => void;
  /** Nothing runs for this long; everything waiting is put off by as much. */
  readonly freeze: (forMs: number) => void;
  readonly stop: () => void;
}

interface Due {
  dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Node's timers know whole milliseconds: what is due within half of one may run now. */
const EARLY_MS = 0.5;

export function createDueQueue(nowMs: () => number): DueQueue {
  const heap: Due[] = [];
  let order = 0;
  let frozenUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let timerDueMs = Number.POSITIVE_INFINITY;

  const tick = (): void => {
    timer = undefined;
    timerDueMs = Number.POSITIVE_INFINITY;
    for (;;) {
      const next = heap[0];
      if (next === undefined || Math.max(next.dueMs, frozenUntilMs) > nowMs() + EARLY_MS) break;
      popHeap(heap);
      next.run();
    }
    arm();
  };
  const arm = (): void => {
    const next = heap[0];
    if (next === undefined) return;
    const dueMs = Math.max(next.dueMs, frozenUntilMs);
    if (timer !== undefined && timerDueMs <= dueMs) return;
    clearTimeout(timer);
    timerDueMs = dueMs;
    timer = setTimeout(tick, Math.max(0, Math.floor(dueMs - nowMs())));
  };
  return {
    at: (dueMs, run) => {
      const frozenForMs = Math.max(0, frozenUntilMs - nowMs());
      pushHeap(heap, { dueMs: dueMs + frozenForMs, order: order++, run });
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

function before(a: Due, b: Due): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function pushHeap(heap: Due[], item: Due): void {
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

function popHeap(heap: Due[]): void {
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
