// The timing server as a process of its own: takes its settings as one JSON argument, tells its URL by IPC.
import { raisePriority } from '../run/raise-priority.ts';
import type { TimingServerSettings } from './spawn-timing-server.ts';
import { createTimingServer } from './timing-server.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as TimingServerSettings;
raisePriority();
const server = await createTimingServer(settings);
process.send?.({ url: server.url });

const stop = (): void => {
  void server.close().then(() => process.exit(0));
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
