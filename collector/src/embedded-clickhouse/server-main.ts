// The engine's process: waits for its options over IPC, serves, and ends with its parent, whatever becomes of it.
import { createLogger } from '@tollgate/service-kit/logger';
import { type ChildMessage, type StartOptions, startMessage } from './child-messages.ts';
import { createEmbeddedServer, type EmbeddedServer } from './embedded-server.ts';

const DRAIN_MS = 5_000;
/** Beyond it the process ends by force: an acknowledged insert is on disk by then. */
const STOP_LIMIT_MS = 8_000;

let server: EmbeddedServer | undefined;
let stopping = false;

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

async function serve({ logLevel, ...options }: StartOptions): Promise<void> {
  const log = createLogger({ name: 'embedded-clickhouse', level: logLevel });
  try {
    server = await createEmbeddedServer({ ...options, log });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ reason }, 'engine.start_failed');
    tell({ type: 'tollgate.failed', reason });
    exit(1);
    return;
  }
  if (stopping) return void stop();
  tell({ type: 'tollgate.ready', port: server.port, version: server.version });
}

async function stop(): Promise<void> {
  stopping = true;
  setTimeout(() => exit(1), STOP_LIMIT_MS);
  await server?.stop(DRAIN_MS);
  exit(0);
}

/** A native thread that does not end must not keep the data directory locked. */
function exit(code: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2_000);
  process.exit(code);
}

process.once('message', (message) => {
  const { options } = startMessage.parse(message);
  void serve(options);
});
process.once('disconnect', () => void stop());
process.once('SIGTERM', () => void stop());
// A terminal's Ctrl-C reaches the whole group: the parent still needs the store to drain and then stops it.
process.on('SIGINT', () => undefined);
