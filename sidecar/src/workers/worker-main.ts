// One worker of a sidecar: serves the connections that its parent deals out, with the configuration that it is given.
import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { startWorker } from './start-worker.ts';

const log = createLogger({ name: 'sidecar' });
await runService({ log, start: () => startWorker(log) });
