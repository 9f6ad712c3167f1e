// Who is served next: lower priority numbers first, tenants of one priority in turn by tokens served, then by arrival.
// Waiting raises an entry by one level per `ageingMs`, so nothing starves. It holds entries and runs nothing.

export interface QueueEntry {
  readonly id: number;
  readonly tenant: string;
  readonly priority: number;
  readonly arrivedAtMs: number;
}

export interface RequestQueue<Entry extends QueueEntry> {
  readonly length: number;
  /** False where the queue is full. */
  push(entry: Entry): boolean;
  /** Takes back what was already admitted once, whatever the length. */
  putBack(entry: Entry): void;
  first(nowMs: number): Entry | undefined;
  take(entry: Entry): void;
  remove(id: number): Entry | undefined;
  oldestArrivalMs(): number | undefined;
  /** Tokens that a tenant was served; what it waits with counts behind those who had fewer. */
  charge(tenant: string, tokens: number): void;
  drain(): Entry[];
}

export interface RequestQueueOptions {
  readonly capacity: number;
  readonly ageingMs: number;
}

const REMEMBERED_TENANTS = 1000;

export function createRequestQueue<Entry extends QueueEntry>(
  options: RequestQueueOptions,
): RequestQueue<Entry> {
  const entries = new Map<number, Entry>();
  const served = new Map<string, number>();

  const servedOf = (tenant: string) => served.get(tenant) ?? 0;
  const levelOf = (entry: Entry, nowMs: number) =>
    entry.priority - Math.floor(Math.max(0, nowMs - entry.arrivedAtMs) / options.ageingMs);
  const isBefore = (a: Entry, b: Entry, nowMs: number) =>
    (levelOf(a, nowMs) - levelOf(b, nowMs) ||
      servedOf(a.tenant) - servedOf(b.tenant) ||
      a.arrivedAtMs - b.arrivedAtMs ||
      a.id - b.id) < 0;

  /** A tenant that comes back starts level with those that wait: idleness earns no credit. */
  const admitTenant = (tenant: string) => {
    const waiting = new Set(Array.from(entries.values(), (entry) => entry.tenant));
    if (waiting.has(tenant)) return;
    if (served.size >= REMEMBERED_TENANTS) {
      for (const known of served.keys()) if (!waiting.has(known)) served.delete(known);
    }
    const floor = Math.min(...Array.from(waiting, servedOf));
    if (Number.isFinite(floor)) served.set(tenant, Math.max(servedOf(tenant), floor));
  };

  return {
    get length() {
      return entries.size;
    },
    push(entry) {
      if (entries.size >= options.capacity) return false;
      admitTenant(entry.tenant);
      entries.set(entry.id, entry);
      return true;
    },
    putBack: (entry) => void entries.set(entry.id, entry),
    first(nowMs) {
      let best: Entry | undefined;
      for (const entry of entries.values()) {
        if (best === undefined || isBefore(entry, best, nowMs)) best = entry;
      }
      return best;
    },
    take: (entry) => void entries.delete(entry.id),
    remove(id) {
      const entry = entries.get(id);
      entries.delete(id);
      return entry;
    },
    oldestArrivalMs() {
      let oldest: number | undefined;
      for (const { arrivedAtMs } of entries.values()) oldest = Math.min(oldest ?? arrivedAtMs, arrivedAtMs);
      return oldest;
    },
    charge: (tenant, tokens) => void served.set(tenant, servedOf(tenant) + tokens),
    drain() {
      const all = [...entries.values()];
      entries.clear();
      return all;
    },
  };
}
