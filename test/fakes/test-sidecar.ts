// A whole sidecar in this process, on free ports and a directory of its own, for tests of the data path.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { stringify } from 'yaml';
import { loadSidecarConfig } from '../../sidecar/src/config.ts';
import { startSidecar } from '../../sidecar/src/start-sidecar.ts';

export interface TestSidecarOptions {
  readonly collectorUrl: string;
  /** Default upstream, unless `config` names upstreams. */
  readonly upstreamUrl?: string;
  readonly provider?: string;
  /** Sections of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Kept when given: for a restart on the same spool. */
  readonly dataDir?: string;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface TestSidecar {
  readonly url: string;
  readonly port: number;
  readonly adminUrl: string;
  readonly dataDir: string;
  readonly stop: () => Promise<void>;
}

export async function startTestSidecar(options: TestSidecarOptions): Promise<TestSidecar> {
  const scratch = mkdtempSync(join(tmpdir(), 'tollgate-sidecar-'));
  const dataDir = options.dataDir ?? scratch;
  const file = join(scratch, 'tollgate.yaml');
  writeFileSync(file, stringify(withoutCompany(options.config ?? {})));
  const config = loadSidecarConfig({
    TOLLGATE_CONFIG: file,
    TOLLGATE_DATA_DIR: dataDir,
    TOLLGATE_COLLECTOR_URL: options.collectorUrl,
    TOLLGATE_INGEST_TOKEN: 'test-ingest-token',
    SIDECAR_PORT: '0',
    SIDECAR_ADMIN_PORT: '0',
    SIDECAR_UPSTREAM_URL: options.upstreamUrl ?? '',
    SIDECAR_UPSTREAM_PROVIDER: options.provider ?? 'openai',
    ...options.env,
  });
  const running = await startSidecar(
    config,
    createLogger({ name: 'sidecar', level: 'silent' }),
    options.clock,
  );
  const { url = '', adminUrl = '' } = running.ready;
  return {
    url,
    port: Number(new URL(url).port),
    adminUrl,
    dataDir,
    stop: async () => {
      await running.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Tests of the data path start no process that samples GPUs, and no thread that calls it. */
function withoutCompany(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sidecar = (config['sidecar'] ?? {}) as Record<string, unknown>;
  return {
    ...config,
    sidecar: {
      gpu: { enabled: false },
      canary: { enabled: false },
      shutdown: { drainMs: 300, shipMs: 300 },
      ...sidecar,
    },
  };
}
