// Opens one TCP or TLS connection and hands over what it reads without a copy: all sockets of a process share one buffer.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Endpoint {
  readonly origin: string;
  readonly connectTimeoutMs: number;
  readonly rejectUnauthorized: boolean;
  /** Certificates in PEM to trust beside none of the system's; undefined for the system's own. */
  readonly ca: string | undefined;
}

/** `bytes` is valid up to `length`, and only during the call. */
export type OnBytes = (length: number, bytes: Buffer) => void;

const SHARED = Buffer.allocUnsafeSlow(65_536);

/** Rejects with the socket's error, code ETIMEDOUT when `connectTimeoutMs` passed. The caller owns the socket's later errors. */
export function connectSocket(endpoint: Endpoint, onBytes: OnBytes): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const [socket, ready] = open(endpoint, onBytes);
    socket.setTimeout(endpoint.connectTimeoutMs, () => {
      const late = new Error(`no connection within ${endpoint.connectTimeoutMs} ms`);
      socket.destroy(Object.assign(late, { code: 'ETIMEDOUT' }));
    });
    const onError = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', onError);
    socket.once(ready, () => {
      socket.off('error', onError);
      socket.setTimeout(0);
      // Reading goes past the stream, yet only a flowing stream tells its end.
      socket.resume();
      resolve(socket);
    });
  });
}

function open(endpoint: Endpoint, onBytes: OnBytes): [Socket, 'connect' | 'secureConnect'] {
  const { protocol, hostname, port } = new URL(endpoint.origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'https:';
  const options = {
    host,
    port: Number(port === '' ? (secure ? 443 : 80) : port),
    noDelay: true,
    onread: {
      buffer: SHARED,
      callback: (length: number, bytes: Uint8Array): boolean => {
        onBytes(length, bytes as Buffer);
        return true;
      },
    },
  };
  if (!secure) return [connect(options), 'connect'];
  const socket = connectTls({
    ...options,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    rejectUnauthorized: endpoint.rejectUnauthorized,
    ALPNProtocols: ['http/1.1'],
  });
  return [socket, 'secureConnect'];
}
