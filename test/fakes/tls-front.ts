// TLS in front of a plain server, with a certificate that signed itself: what a private endpoint looks like.

import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './localhost-certificate.ts';

export interface TlsFront {
  /** `https://127.0.0.1:…` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** `target` is the origin behind it. */
export async function startTlsFront(target: string): Promise<TlsFront> {
  const { hostname: host, port } = new URL(target);
  const open = new Set<TLSSocket>();
  const server = createServer({ key: LOCALHOST_KEY, cert: LOCALHOST_CERTIFICATE }, (outside) => {
    const inside = connect({ host, port: Number(port), noDelay: true });
    open.add(outside.setNoDelay());
    outside.on('close', () => open.delete(outside));
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
