// The sidecar process: reads its configuration once, runs until a signal, drains.
import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { loadSidecarConfig } from './config.ts';
import { startSidecar } from './start-sidecar.ts';

const log = createLogger({ name: 'sidecar', level: process.env['LOG_LEVEL'] || 'info' });
await runService({
  log,
  start: async () => {
    const config = loadSidecarConfig(process.env);
    log.level = config.logLevel;
    return await startSidecar(config, log);
  },
});
