// The reference inference server's process: reads its configuration once, serves, drains on a signal.

import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { loadInferenceConfig } from './inference-config.ts';
import { startInference } from './start-inference.ts';

// The runtime's tiled attention is slower on a CPU in most of what was measured here (decision 010) and can be turned off by
// the environment alone, before the first model is loaded.
process.env['ORT_GQA_DISABLE_FLASH_ATTENTION'] ??= '1';

const log = createLogger({ name: 'inference-ref', level: process.env['LOG_LEVEL'] || 'info' });

await runService({
  log,
  start: async () => {
    const { inference, logLevel } = loadInferenceConfig(process.env);
    log.level = logLevel;
    return await startInference({ settings: inference, log });
  },
});
