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
    if (config.sidecar.workers === 1) return await startSidecar(config, log);
    const { startWorkers } = await import('./workers/start-workers.ts');
    return await startWorkers({ config, env: process.env, log });
  },
});
