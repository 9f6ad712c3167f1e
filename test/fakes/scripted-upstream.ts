// A scripted provider on a free port: each path has a script of what to send and when. Shared by all tests of the data path.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One step of an answer. `cut` drops the connection; `hang` sends nothing more; `until` waits for the test's word. */
type UpstreamStep =
  | { readonly chunk: string | Buffer }
  | { readonly delayMs: number }
  | { readonly until: Promise<unknown> }
  | { readonly cut: true }
  | { readonly hang: true };

export interface UpstreamScript {
  readonly status?: number;
  readonly statusMessage?: string;
  /** Flat raw headers: name, value, … Case, order and repetition are sent as given. */
  readonly headers?: readonly string[];
  readonly steps?: readonly UpstreamStep[];
  /** Trailers by name and value, sent after the last chunk. */
  readonly trailers?: [string, string][];
  /** Never answers, not even with headers. */
  readonly silent?: boolean;
  /** Answers without reading the request's body. */
  readonly early?: boolean;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface ScriptedUpstream {
  readonly url: string;
  readonly port: number;
  readonly requests: ReceivedRequest[];
  /** Sets what a path answers from now on; `path` without its query. */
  readonly on: (
    path: string,
    script: UpstreamScript | ((request: ReceivedRequest) => UpstreamScript),
  ) => void;
  /** Connections that clients closed before their answer was complete. */
  readonly aborted: () => number;
  /** Resolves at the next such close. */
  readonly nextAbort: () => Promise<void>;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

type Script = UpstreamScript | ((request: ReceivedRequest) => UpstreamScript);

export async function createScriptedUpstream(
  scripts: Readonly<Record<string, Script>> = {},
): Promise<ScriptedUpstream> {
  const byPath = new Map<string, Script>(Object.entries(scripts));
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const abortWaiters: (() => void)[] = [];
  let aborted = 0;
  let connections = 0;

  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    response.on('close', () => {
      if (response.writableFinished) return;
      aborted += 1;
      for (const wake of abortWaiters.splice(0)) wake();
    });
    void answer(request, response);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const found = byPath.get(path) ?? {
      status: 404,
      steps: [{ chunk: '{"error":{"message":"no script"}}' }],
    };
    const early = typeof found !== 'function' && found.early === true;
    const body = early ? Buffer.alloc(0) : await readAll(request).catch(() => null);
    if (body === null) return;
    const received: ReceivedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
    };
    requests.push(received);
    await play(response, typeof found === 'function' ? found(received) : found);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    on: (path, script) => void byPath.set(path, script),
    aborted: () => aborted,
    nextAbort: () => new Promise((resolve) => void abortWaiters.push(resolve)),
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function play(response: ServerResponse, script: UpstreamScript): Promise<void> {
  if (script.silent === true) return;
  response.sendDate = false;
  const headers = script.headers ?? ['content-type', 'application/json'];
  if (script.statusMessage === undefined) response.writeHead(script.status ?? 200, [...headers]);
  else response.writeHead(script.status ?? 200, script.statusMessage, [...headers]);
  response.flushHeaders();
  for (const step of script.steps ?? []) {
    if (response.destroyed) return;
    if ('chunk' in step) {
      if (!response.write(step.chunk)) await drained(response);
    } else if ('delayMs' in step) await new Promise((resolve) => setTimeout(resolve, step.delayMs));
    else if ('until' in step) await step.until;
    else if ('cut' in step) {
      // Newer versions of Node hold chunks until the end of a turn.
      await new Promise(setImmediate);
      response.socket?.destroySoon();
      return;
    } else return;
  }
  if (script.trailers !== undefined) response.addTrailers(script.trailers);
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
