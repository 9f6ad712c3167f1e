// Deals clients' connections out to workers: to the one with the fewest not yet taken over, in turn among equals. Keeps each
// open until its worker says that it has it, so that a worker's death between the two costs no connection.
import type { Socket } from 'node:net';

/** More than this many waiting for a worker to come back are closed: their clients had better try again. */
const MAX_WAITING = 4096;

export interface Seat {
  /** The worker has taken the connection over. */
  readonly taken: (id: number) => void;
  /** The worker is gone: what it had not taken is dealt again. */
  readonly leave: () => void;
}

export interface ConnectionDealer {
  readonly deal: (socket: Socket) => void;
  /** A worker that serves from now on. `give` passes a connection on, and may throw where the worker is dying. */
  readonly join: (give: (id: number, socket: Socket) => void) => Seat;
  /** Closes what no worker has taken. */
  readonly close: () => void;
}

interface Player {
  readonly give: (id: number, socket: Socket) => void;
  readonly given: Map<number, Socket>;
}

export function createConnectionDealer(): ConnectionDealer {
  /** In the order of their turns. */
  const players: Player[] = [];
  const waiting: Socket[] = [];
  let nextId = 0;

  const choose = (): Player | undefined =>
    players.reduce<Player | undefined>(
      (best, player) => (best === undefined || player.given.size < best.given.size ? player : best),
      undefined,
    );

  const deal = (socket: Socket): void => {
    const player = choose();
    if (player === undefined) {
      if (waiting.length < MAX_WAITING) waiting.push(socket);
      else socket.destroy();
      return;
    }
    players.splice(players.indexOf(player), 1);
    players.push(player);
    const id = nextId++;
    player.given.set(id, socket);
    player.give(id, socket);
  };

  return {
    deal: (socket) => {
      // Nothing is read here, so that a client's reset is seen by whoever gets the connection.
      socket.on('error', () => undefined);
      deal(socket);
    },
    join: (give) => {
      const player: Player = { give, given: new Map() };
      players.push(player);
      for (const socket of waiting.splice(0)) deal(socket);
      return {
        taken: (id) => {
          // Closes our descriptor alone; the worker's keeps the connection.
          player.given.get(id)?.destroy();
          player.given.delete(id);
        },
        leave: () => {
          const index = players.indexOf(player);
          if (index >= 0) players.splice(index, 1);
          const left = [...player.given.values()];
          player.given.clear();
          for (const socket of left) deal(socket);
        },
      };
    },
    close: () => {
      for (const socket of waiting.splice(0)) socket.destroy();
      for (const { given } of players) for (const socket of given.values()) socket.destroy();
    },
  };
}
