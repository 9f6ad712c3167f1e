// Sockets as slots: each call has one to itself, so nothing queues inside the client and a fresh connection is known as such.
import { buildConnector, Client } from 'undici';

export interface ConnectionSlot {
  readonly client: Client;
  /** Milliseconds that the last connect took, set by the connector; null while never connected. */
  connectMs: number | null;
  /** Connects so far. */
  connects: number;
}

export interface ConnectionSlots {
  readonly acquire: () => ConnectionSlot;
  /** Gives a slot back for reuse, or closes it when `discard`. */
  readonly release: (slot: ConnectionSlot, discard: boolean) => void;
  readonly openSockets: () => number;
  readonly close: () => Promise<void>;
}

export interface ConnectionSlotsOptions {
  readonly origin: string;
  readonly reuse: boolean;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly rejectUnauthorized: boolean;
}

export function createConnectionSlots(options: ConnectionSlotsOptions): ConnectionSlots {
  const idle: ConnectionSlot[] = [];
  const all = new Set<ConnectionSlot>();
  const open = (): ConnectionSlot => {
    const slot = createSlot(options);
    all.add(slot);
    return slot;
  };
  const drop = (slot: ConnectionSlot): void => {
    all.delete(slot);
    slot.client.destroy().catch((error: unknown) => {
      process.emitWarning(
        `closing a socket failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  };
  return {
    acquire: () => idle.pop() ?? open(),
    release: (slot, discard) => {
      if (discard || !options.reuse) drop(slot);
      else idle.push(slot);
    },
    openSockets: () => all.size,
    close: async () => {
      const slots = [...all];
      all.clear();
      idle.length = 0;
      await Promise.all(slots.map((slot) => slot.client.destroy()));
    },
  };
}

function createSlot(options: ConnectionSlotsOptions): ConnectionSlot {
  const connector = buildConnector({
    timeout: options.connectTimeoutMs,
    rejectUnauthorized: options.rejectUnauthorized,
    allowH2: false,
  });
  const timing = { connectMs: null as number | null, connects: 0 };
  const client = new Client(options.origin, {
    pipelining: 1,
    keepAliveTimeout: 600_000,
    keepAliveMaxTimeout: 600_000,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.stallTimeoutMs,
    connect: (connectOptions, callback) => {
      const startedMs = performance.now();
      connector(connectOptions, (...result) => {
        timing.connectMs = performance.now() - startedMs;
        timing.connects += 1;
        callback(...result);
      });
    },
  });
  return Object.assign(timing, { client });
}
