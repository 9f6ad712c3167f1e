// The collector's process: reads the configuration once, runs until it is told to stop.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@tollgate/service-kit/clock';
import { loadConfig } from '@tollgate/service-kit/config';
import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { z } from 'zod';
import { COLLECTOR_ENV, COLLECTOR_SECTIONS, CollectorConfig } from './config.ts';
import { startCollector } from './start-collector.ts';

const log = createLogger({ name: 'collector' });

await runService({
  log,
  start: async () => {
    const config = loadConfig({
      schema: CollectorConfig,
      sections: COLLECTOR_SECTIONS,
      file: process.env['TOLLGATE_CONFIG'] || undefined,
      env: process.env,
      envPaths: COLLECTOR_ENV,
    });
    log.level = config.log.level;
    const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    return startCollector({
      config,
      dashboardDir: fileURLToPath(new URL('../../dashboard/dist', import.meta.url)),
      version: z.object({ version: z.string() }).parse(manifest).version,
      clock: systemClock,
      log,
    });
  },
});
