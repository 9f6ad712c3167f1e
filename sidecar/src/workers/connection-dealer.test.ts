import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createConnectionDealer, type Seat } from './connection-dealer.ts';

interface TestWorker {
  readonly seat: Seat;
  readonly given: Map<number, Socket>;
}

function setUp() {
  const dealer = createConnectionDealer();
  const join = (): TestWorker => {
    const given = new Map<number, Socket>();
    return { seat: dealer.join((id, socket) => void given.set(id, socket)), given };
  };
  const deal = (count = 1): Socket[] =>
    Array.from({ length: count }, () => {
      const socket = new Socket();
      dealer.deal(socket);
      return socket;
    });
  return { dealer, join, deal };
}

const takeAll = ({ seat, given }: TestWorker): void => {
  for (const id of given.keys()) seat.taken(id);
};

describe('a connection', () => {
  it('goes to each worker in turn while all keep up', () => {
    const { join, deal } = setUp();
    const workers = [join(), join(), join()];
    for (let turn = 0; turn < 9; turn += 1) {
      deal();
      for (const worker of workers) takeAll(worker);
    }
    expect(workers.map(({ given }) => given.size)).toEqual([3, 3, 3]);
  });

  it('passes a worker by that has not taken its last ones', () => {
    const { join, deal } = setUp();
    const [stuck, quick] = [join(), join()];
    for (let turn = 0; turn < 10; turn += 1) {
      deal();
      takeAll(quick);
    }
    expect([stuck.given.size, quick.given.size]).toEqual([1, 9]);
  });

  it('stays open here until it is taken, and is closed here then', () => {
    const { join, deal } = setUp();
    const worker = join();
    const [socket] = deal();
    expect(socket?.destroyed).toBe(false);
    takeAll(worker);
    expect(socket?.destroyed).toBe(true);
  });

  it('that a dying worker has not taken goes to another; one that it took does not', () => {
    const { join, deal } = setUp();
    const dying = join();
    const [taken] = deal();
    takeAll(dying);
    const [untaken] = deal();
    const other = join();
    dying.seat.leave();
    expect([...other.given.values()]).toEqual([untaken]);
    expect([taken?.destroyed, untaken?.destroyed]).toEqual([true, false]);
  });

  it('waits where there is no worker, and goes to the first that comes', () => {
    const { join, deal } = setUp();
    const waiting = deal(3);
    expect([...join().given.values()]).toEqual(waiting);
  });

  it('is closed at the end where no worker took it', () => {
    const { dealer, deal, join } = setUp();
    const waiting = deal(1);
    dealer.close();
    join();
    const given = deal(1);
    dealer.close();
    expect([...waiting, ...given].map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});
