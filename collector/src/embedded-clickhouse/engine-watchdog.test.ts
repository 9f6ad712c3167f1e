import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createEngineWatchdog } from './engine-watchdog.ts';

async function listen(answer: (count: number) => string | undefined) {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    const text = answer(asked);
    if (text !== undefined) response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked, close };
}

describe('createEngineWatchdog', () => {
  it('reports an engine that keeps silent several times in a row', async () => {
    const silentFrom = 3;
    const server = await listen((count) => (count < silentFrom ? 'Ok.\n' : undefined));
    await new Promise<void>((resolve) => {
      createEngineWatchdog({
        url: server.url,
        onHung: resolve,
        intervalMs: 1,
        timeoutMs: 20,
        failuresAllowed: 2,
      });
    });
    expect(server.asked()).toBe(silentFrom + 2);
    server.close();
  });

  it('forgives a single silence and ends when stopped', async () => {
    let hung = false;
    const server = await listen((count) => (count % 2 === 0 ? 'Ok.\n' : undefined));
    const watchdog = createEngineWatchdog({
      url: server.url,
      onHung: () => {
        hung = true;
      },
      intervalMs: 1,
      timeoutMs: 20,
      failuresAllowed: 1,
    });
    while (server.asked() < 6) await new Promise((resolve) => setImmediate(resolve));
    watchdog.stop();
    expect(hung).toBe(false);
    server.close();
  });
});
