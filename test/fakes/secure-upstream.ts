// An upstream behind TLS that speaks HTTP/2 and HTTP/1.1, as the client chooses, and remembers how it was reached.
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TestCertificate } from './test-certificates.ts';

interface SecureRequest {
  readonly httpVersion: string;
  readonly method: string;
  readonly url: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Common name of the client's certificate; empty where it has none. */
  readonly client: string;
}

type SecureAnswer = (request: SecureRequest, response: Http2ServerResponse) => void;

export interface SecureUpstream {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly SecureRequest[];
  readonly connections: () => number;
  /** What every path answers from now on. */
  readonly answer: (answer: SecureAnswer) => void;
  readonly close: () => Promise<void>;
}

export interface SecureUpstreamOptions {
  readonly certificate: TestCertificate;
  /** Asks for a client certificate by this authority, and takes none without one. */
  readonly clientCa?: Buffer;
}

export async function createSecureUpstream(options: SecureUpstreamOptions): Promise<SecureUpstream> {
  const { certificate, clientCa } = options;
  const requests: SecureRequest[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<TLSSocket>();
  let connections = 0;
  let reply: SecureAnswer = (_request, response) => response.end('{}');
  const server = createSecureServer(
    {
      allowHTTP1: true,
      cert: certificate.cert,
      key: certificate.key,
      ...(clientCa === undefined ? {} : { requestCert: true, ca: clientCa }),
    },
    async (request, response) => {
      const body = await readAll(request);
      const received = describe(request, body);
      requests.push(received);
      reply(received, response);
    },
  );
  server.on('secureConnection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    answer: (next) => {
      reply = next;
    },
    close: async () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(request: Http2ServerRequest, body: Buffer): SecureRequest {
  const { httpVersion, method, url, headers } = request;
  // For an HTTP/1.1 request the compatibility layer hands over node:http's message, whose socket is the TLS one.
  const socket = (httpVersion === '2.0' ? request.stream.session?.socket : request.socket) as TLSSocket;
  const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
  const authority = String(headers[':authority'] ?? headers['host'] ?? '');
  return { httpVersion, method, url, authority, headers, body, client: subject?.CN ?? '' };
}

async function readAll(request: Http2ServerRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
