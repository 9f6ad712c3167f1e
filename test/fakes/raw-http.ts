// An HTTP/1.1 client on a bare socket: sends the bytes it is given and shows the bytes that come back, chunk framing included.
import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  readonly send: (text: string | Buffer) => void;
  /** All bytes received so far, as Latin-1. */
  readonly received: () => string;
  /** Resolves once the received text holds `part`; rejects when the connection ends before. */
  readonly until: (part: string) => Promise<string>;
  /** Resolves with everything once the other side closed. */
  readonly closed: () => Promise<string>;
  readonly close: () => void;
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const waiters = new Set<() => void>();
  let text = '';
  let ended = false;
  const wake = (): void => {
    for (const check of [...waiters]) check();
  };
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const waitFor = (done: () => boolean, endIsWrong: boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done() && !(ended && endIsWrong)) return;
        waiters.delete(check);
        if (done()) resolve(text);
        else reject(new Error(`the connection ended with: ${text.slice(-500)}`));
      };
      waiters.add(check);
      check();
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    received: () => text,
    until: (part) => waitFor(() => text.includes(part), true),
    closed: () => waitFor(() => ended, false),
    close: () => socket.destroy(),
  };
}
