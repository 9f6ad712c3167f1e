// A client that costs little, since it shares the cores with what it measures: bare sockets, one a stream, which looks at
// an answer's first line and at its end and reads nothing between.
import { connect, type Socket } from 'node:net';

export interface StreamedAnswer {
  readonly timeToFirstTokenMs: number;
  readonly ok: boolean;
}

export interface StreamingClient {
  complete(body: Readonly<Record<string, unknown>>): Promise<StreamedAnswer>;
  close(): void;
}

const SUCCESS = 'HTTP/1.1 200';
/** The last chunk of a chunked body; a stream's head goes out with its first token. */
const END = Buffer.from('0\r\n\r\n');

export function createStreamingClient(url: string): StreamingClient {
  const { hostname, port } = new URL(url);
  const idle: Socket[] = [];
  const open = new Set<Socket>();
  const newSocket = () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      const at = idle.indexOf(socket);
      if (at >= 0) idle.splice(at, 1);
    });
    return socket;
  };
  return {
    async complete(fields) {
      const startedAt = performance.now();
      const socket = idle.pop() ?? newSocket();
      socket.write(requestText(JSON.stringify({ ...fields, stream: true }), `${hostname}:${port}`));
      const { firstAt, ok } = await readAnswer(socket);
      if (ok) idle.push(socket);
      else socket.destroy();
      return { timeToFirstTokenMs: firstAt - startedAt, ok };
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}

function requestText(body: string, host: string): string {
  const length = Buffer.byteLength(body);
  return `POST /v1/completions HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

async function readAnswer(socket: Socket): Promise<{ readonly firstAt: number; readonly ok: boolean }> {
  let firstAt = 0;
  const ok = await new Promise<boolean>((resolve) => {
    const settle = (isOk: boolean) => {
      socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('end');
      resolve(isOk);
    };
    socket.on('error', () => settle(false));
    socket.on('end', () => settle(false));
    socket.on('data', (chunk) => {
      if (firstAt === 0) {
        firstAt = performance.now();
        // A refusal is no stream, and its end is of no interest.
        if (chunk.toString('latin1', 0, SUCCESS.length) !== SUCCESS) return settle(false);
      }
      if (chunk.subarray(-END.length).equals(END)) settle(true);
    });
  });
  return { firstAt: firstAt || performance.now(), ok };
}
