// The timing server as a process of its own: takes its profile as one JSON argument, tells its URL by IPC and on stdout.
import { setPriority } from 'node:os';
import { raisePriority } from '../measure/client-health.ts';
import { createTimingServer } from './timing-server.ts';

const input: unknown = JSON.parse(process.argv[2] ?? '{}');
const settings =
  typeof input === 'object' && input !== null ? (input as { profile?: object; port?: number }) : {};
raisePriority(setPriority);
const server = await createTimingServer(settings);
process.send?.({ type: 'timing-server.ready', url: server.url });
if (process.send === undefined) process.stdout.write(`timing server on ${server.url}\n`);

const stop = (): void => {
  void server.close().then(() => process.exit(0));
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
