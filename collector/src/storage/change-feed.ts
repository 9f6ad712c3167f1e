// Tells listeners in this process that rows were stored, so that a page can refresh without polling heavy queries.

export interface ChangeFeed {
  /** Grows with every stored batch; starts anew with the process. */
  readonly version: () => number;
  readonly bump: () => void;
  /** Returns the way to stop listening. */
  readonly subscribe: (listener: () => void) => () => void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<() => void>();
  let version = 0;
  return {
    version: () => version,
    bump: () => {
      version += 1;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
