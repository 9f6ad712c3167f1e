import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { onceClosed } from './once-closed.ts';

let server: Server;
afterEach(() => server.close());

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return connect((server.address() as AddressInfo).port, '127.0.0.1');
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

it('tells of each of several pipelined answers that their client has gone', async () => {
  let closed = 0;
  let came = 0;
  const client = await listen((incoming, response) => {
    came += 1;
    onceClosed(incoming, response, () => {
      closed += 1;
    });
  });
  client.write(request.repeat(3));
  await expect.poll(() => came).toBe(3);
  expect(closed).toBe(0);
  client.destroy();
  await expect.poll(() => closed).toBe(3);
});

it('tells once of an answer that was sent, also when its connection ends later', async () => {
  let closed = 0;
  const client = await listen((incoming, response) => {
    onceClosed(incoming, response, () => {
      closed += 1;
    });
    response.end('x');
  });
  client.write(request);
  await expect.poll(() => closed).toBe(1);
  client.destroy();
  await new Promise((resolve) => client.once('close', resolve));
  expect(closed).toBe(1);
});

it('tells at once where the client has gone before', async () => {
  let told = false;
  const client = await listen((incoming, response) => {
    incoming.socket.once('close', () =>
      onceClosed(incoming, response, () => {
        told = true;
      }),
    );
  });
  client.write(request);
  setTimeout(() => client.destroy(), 20);
  await expect.poll(() => told).toBe(true);
});
