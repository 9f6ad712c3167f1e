// Sockets as slots: each call has one to itself, so nothing queues inside the client and a fresh connection is known as such.
import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';

export interface ConnectionSlot {
  readonly client: Client;
  /** Milliseconds that the last connect took, set by the connector; null while never connected. */
  connectMs: number | null;
  /** Connects made for a call. One made ahead of the run counts as reused. */
  connects: number;
}

export interface ConnectionSlots {
  readonly acquire: () => ConnectionSlot;
  /** Gives a slot back for reuse, or closes it when `discard`. */
  readonly release: (slot: ConnectionSlot, discard: boolean) => void;
  /** Connects until this many slots are idle, a few at a time, so that a run does not begin with a storm of connects. */
  readonly openAhead: (count: number) => Promise<void>;
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

const AHEAD_AT_ONCE = 32;
const KEEP_ALIVE_MS = 600_000;

export function createConnectionSlots(options: ConnectionSlotsOptions): ConnectionSlots {
  const idle: ConnectionSlot[] = [];
  const all = new Set<ConnectionSlot>();
  const connector = buildConnector({
    timeout: options.connectTimeoutMs,
    rejectUnauthorized: options.rejectUnauthorized,
    allowH2: false,
  });
  const open = (ready?: Socket): ConnectionSlot => {
    const slot = createSlot(options, connector, ready);
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
    openAhead: async (count) => {
      while (options.reuse && idle.length < count) {
        const missing = Math.min(AHEAD_AT_ONCE, count - idle.length);
        const sockets = await Promise.all(
          Array.from({ length: missing }, () => connectOnce(connector, options.origin)),
        );
        const reached = sockets.filter((socket) => socket !== null);
        for (const socket of reached) idle.push(open(socket));
        // The calls themselves will tell what is wrong with the target.
        if (reached.length < missing) return;
      }
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

type Connector = ReturnType<typeof buildConnector>;

function createSlot(
  options: ConnectionSlotsOptions,
  connector: Connector,
  ready: Socket | undefined,
): ConnectionSlot {
  let waiting = ready;
  const timing = { connectMs: null as number | null, connects: 0 };
  const client = new Client(options.origin, {
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.stallTimeoutMs,
    connect: (connectOptions, callback) => {
      const socket = waiting;
      waiting = undefined;
      if (socket !== undefined && !socket.destroyed) {
        // Not at once: the client is in the middle of asking and would not hear it.
        process.nextTick(callback, null, socket);
        return;
      }
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

/** Null when the target can't be reached. */
function connectOnce(connector: Connector, origin: string): Promise<Socket | null> {
  const { protocol, hostname, host, port } = new URL(origin);
  return new Promise((resolve) => {
    connector({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port }, (error, socket) => {
      // Until the client takes it over, a reset must not bring the process down.
      socket?.on('error', () => socket.destroy());
      resolve(error === null ? socket : null);
    });
  });
}
