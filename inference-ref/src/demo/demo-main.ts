// The demo's traffic as a process of its own, started by `npx tollgate up --demo`.
import { loadConfig } from '@tollgate/service-kit/config';
import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { z } from 'zod';
import { startDemoTraffic } from './demo-traffic.ts';

const DemoConfig = z.object({
  inference: z.object({
    demoTarget: z.url(),
    demoRate: z.coerce.number().positive().max(100).default(2),
  }),
});

const log = createLogger({ name: 'demo', level: process.env['LOG_LEVEL'] ?? 'info' });

await runService({
  log,
  start: async () => {
    const { inference } = loadConfig({
      schema: DemoConfig,
      sections: [],
      file: undefined,
      env: process.env,
      envPaths: { TOLLGATE_DEMO_TARGET: 'inference.demoTarget', TOLLGATE_DEMO_RATE: 'inference.demoRate' },
    });
    const traffic = startDemoTraffic({
      target: inference.demoTarget,
      callsPerSecond: inference.demoRate,
      maxOpenCalls: 8,
      random: Math.random,
      log,
    });
    return { ready: { url: inference.demoTarget }, stop: traffic.stop };
  },
});
