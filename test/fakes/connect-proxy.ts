// A corporate proxy: opens tunnels on HTTP CONNECT, with credentials where it is given some, and remembers what it was asked.
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  /** `host:port` of each tunnel asked for, refused ones too. */
  readonly asked: readonly string[];
  /** What it does from now on: null opens tunnels, `silent` answers nothing, a number is the status of a refusal. */
  readonly behave: (behaviour: number | 'silent' | null) => void;
  readonly close: () => Promise<void>;
}

export async function createConnectProxy(expected?: {
  readonly username: string;
  readonly password: string;
}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let behaviour: number | 'silent' | null = null;
  const wanted =
    expected === undefined
      ? undefined
      : `Basic ${Buffer.from(`${expected.username}:${expected.password}`).toString('base64')}`;

  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket: Socket) => keep(socket));
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const authority = request.url ?? '';
    asked.push(authority);
    client.on('error', () => undefined);
    if (behaviour === 'silent') return;
    const denied = wanted !== undefined && request.headers['proxy-authorization'] !== wanted ? 407 : null;
    const status = behaviour ?? denied;
    if (status !== null) {
      client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = authority.split(':');
    const upstream = connect({ host: host ?? '', port: Number(port) }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    keep(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    behave: (next) => {
      behaviour = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
