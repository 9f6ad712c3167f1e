// A load balancer at its simplest: each connection goes to the next of several ports.
import { type AddressInfo, connect, createServer } from 'node:net';

export interface RoundRobin {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startRoundRobin(urls: readonly string[]): Promise<RoundRobin> {
  let next = 0;
  const server = createServer((client) => {
    const target = new URL(urls[next++ % urls.length] ?? '');
    const upstream = connect(Number(target.port), target.hostname);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
