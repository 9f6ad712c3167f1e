// What is open, until it closes: the answers and connections of a server that is to stop. A dense list and no Set: a Set
// that is filled and emptied at each call leaves a trail of old tables, each holding on to the next and to the calls it
// knew, until a full collection (decision 040).

interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

export interface UntilClosed<Item> {
  /** Keeps the item until it emits `close`. */
  readonly add: (item: Item) => void;
  readonly each: (visit: (item: Item) => void) => void;
  readonly size: () => number;
}

interface Entry<Item> {
  readonly item: Item;
  index: number;
}

/** `onLastClosed` runs each time that the list becomes empty. */
export function createUntilClosed<Item extends Closing>(onLastClosed?: () => void): UntilClosed<Item> {
  const entries: Entry<Item>[] = [];
  return {
    add(item) {
      const entry: Entry<Item> = { item, index: entries.length };
      entries.push(entry);
      item.once('close', () => {
        remove(entries, entry);
        if (entries.length === 0) onLastClosed?.();
      });
    },
    each(visit) {
      for (const { item } of entries) visit(item);
    },
    size() {
      return entries.length;
    },
  };
}

/** The last entry takes the place of the one that leaves. */
function remove<Item>(entries: Entry<Item>[], { index }: Entry<Item>): void {
  const last = entries.pop();
  if (last === undefined || last.index === index) return;
  last.index = index;
  entries[index] = last;
}
