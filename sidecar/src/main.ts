// The sidecar process: reads its configuration once, starts the data path and telemetry, drains on a signal.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { runService } from '@tollgate/service-kit/run-service';
import { loadSidecarConfig } from './config.ts';
import { createUpstreamRouter } from './policy/upstream-route.ts';
import { createExchange } from './proxy/exchange.ts';
import { startProxyServer } from './proxy/proxy-server.ts';
import { createUpstreamPools } from './proxy/upstream-pools.ts';
import { createCallIdSource } from './telemetry/call-id.ts';
import { finishedCall, NO_FINDINGS } from './telemetry/finished-call.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

const VERSION = '0.1.0';

const log = createLogger({ name: 'sidecar', level: process.env['LOG_LEVEL'] || 'info' });
await runService({
  log,
  start: async () => {
    const config = loadSidecarConfig(process.env);
    const clock = systemClock;
    const createCallId = createCallIdSource();
    const telemetry = createTelemetry({
      sidecarId: config.sidecar.id ?? hostname(),
      bootId: createCallId(clock.nowMicros()),
      version: VERSION,
      directory: join(config.dataDir, 'sidecar'),
      settings: config.telemetry,
      clock,
      log,
    });
    telemetry.start();
    const pools = createUpstreamPools(config.upstreams, config.sidecar.egressProxy);
    const exchange = createExchange({
      route: createUpstreamRouter(config.upstreams),
      pools,
      clock,
      createCallId,
      inspectMaxBytes: config.sidecar.inspectMaxBytes,
      drainOnAbort: config.sidecar.drainOnAbort ?? null,
      calls: {
        begin: () => undefined,
        upstreamHeaders: () => [],
        finish: (call, facts, ending, release) =>
          telemetry.recorder.recordCall(
            finishedCall(call, facts ?? NO_FINDINGS, ending, {
              promptDigest: '',
              prefixDigests: [],
              gpuUtilizationPct: null,
              gpuMemoryUsedBytes: null,
            }),
            release,
          ),
      },
    });
    const server = await startProxyServer({ exchange, host: config.sidecar.host, port: config.sidecar.port });
    return {
      ready: { url: server.url },
      stop: async () => {
        await server.stop(config.sidecar.shutdown.drainMs);
        await telemetry.stop(config.sidecar.shutdown.shipMs);
        await pools.close();
      },
    };
  },
});
