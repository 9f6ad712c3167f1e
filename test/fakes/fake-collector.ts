// A collector that keeps what it is sent in memory, acknowledges it, and fails when it is told to. Checks each event by the contract.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  BATCH_ID_HEADER,
  INGEST_PATH,
  type LlmCall,
  type SidecarReport,
  TollgateEvent,
} from '@tollgate/contract';

const TOLD_TO_FAIL = JSON.stringify({ error: { code: 'TG_TOLD_TO_FAIL', message: 'told to fail' } });

interface ReceivedBatch {
  readonly id: string;
  readonly replay: boolean;
  readonly authorization: string;
  readonly bytes: Buffer;
}

type Behaviour = number | 'hang' | 'drop' | { readonly status: number; readonly page: string } | null;

export interface FakeCollector {
  readonly url: string;
  readonly port: number;
  /** Acknowledged batches, each id once. */
  readonly batches: ReceivedBatch[];
  /** Every attempt, refused and repeated ones too. */
  readonly attempts: ReceivedBatch[];
  readonly events: () => TollgateEvent[];
  readonly calls: () => LlmCall[];
  readonly reports: () => SidecarReport[];
  /** What is answered from now on: a status, `hang` (no answer), `drop` (the connection closes), a page as a proxy's, null: as usual. */
  readonly behave: (behaviour: Behaviour) => void;
  /** Resolves once `condition` holds; checked after each attempt. Rejects after `withinMs`, default 10,000. */
  readonly until: (condition: () => boolean, withinMs?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function createFakeCollector({ port = 0 }: { port?: number } = {}): Promise<FakeCollector> {
  const attempts: ReceivedBatch[] = [];
  const batches: ReceivedBatch[] = [];
  const known = new Set<string>();
  const sockets = new Set<Socket>();
  const waiters = new Set<() => void>();
  let behaviour: Behaviour = null;

  const server = createServer(async (request, response) => {
    const batch = await readBatch(request);
    if (batch === null || request.url !== INGEST_PATH) {
      response.writeHead(404).end();
      return;
    }
    attempts.push(batch);
    if (behaviour === 'drop') request.socket.destroy();
    else if (typeof behaviour === 'number') response.writeHead(behaviour).end(TOLD_TO_FAIL);
    else if (typeof behaviour === 'object' && behaviour !== null) {
      response.writeHead(behaviour.status, { 'content-type': 'text/html' }).end(behaviour.page);
    } else if (behaviour === null) {
      const lines = batch.bytes.toString('utf8').trimEnd().split('\n');
      if (!known.has(batch.id)) batches.push(batch);
      known.add(batch.id);
      const ack = { batch_id: batch.id, accepted: lines.length, rejected: [] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ack));
    }
    for (const check of waiters) check();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;

  const events = (): TollgateEvent[] =>
    batches.flatMap(({ bytes }) =>
      bytes
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map((line) => TollgateEvent.parse(JSON.parse(line))),
    );

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    batches,
    attempts,
    events,
    calls: () => events().filter((event) => event.kind === 'llm_call'),
    reports: () => events().filter((event) => event.kind === 'sidecar_report'),
    behave: (next) => {
      behaviour = next;
    },
    until: (condition, withinMs = 10_000) => waitUntil(condition, waiters, withinMs),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function waitUntil(condition: () => boolean, waiters: Set<() => void>, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!condition()) return;
      clearTimeout(timer);
      waiters.delete(check);
      resolve();
    };
    const timer = setTimeout(() => {
      waiters.delete(check);
      reject(new Error(`not so after ${withinMs} ms: ${condition.toString()}`));
    }, withinMs);
    waiters.add(check);
    check();
  });
}

async function readBatch(request: IncomingMessage): Promise<ReceivedBatch | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  const body = Buffer.concat(chunks);
  return {
    id: String(request.headers[BATCH_ID_HEADER] ?? ''),
    replay: request.headers['x-tollgate-replay'] === '1',
    authorization: request.headers.authorization ?? '',
    bytes: request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
  };
}
