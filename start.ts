// `npm start`: starts, watches and stops the whole of Tollgate on this machine, and says where it is.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@tollgate/service-kit/config';
import { createLogger, LOG_LEVELS } from '@tollgate/service-kit/logger';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { Command } from 'commander';
import { z } from 'zod';
import { buildDashboard } from './start/build-dashboard.ts';
import { createLiveStatus } from './start/live-status.ts';
import { createStack, type Stack } from './start/stack.ts';
import { type StackToken, stackToken } from './start/tokens.ts';
import { waitUntilReady } from './start/wait-until-ready.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const errNoUpstream = defineError('TG_NO_UPSTREAM', 500);
const READY_TIMEOUT_MS = 60_000;
const STATUS_REFRESH_MS = 1_000;

const StartConfig = z.object({
  upstreams: z.array(z.looseObject({ name: z.string() })).default([]),
  log: z.looseObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
});

export interface UpOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly demo?: boolean;
  /** False with `--no-inference`. */
  readonly inference: boolean;
}

export function createUpCommand(): Command {
  return new Command('up')
    .description('start the collector, the sidecar and the reference server, and watch over them')
    .option('--config <file>', 'YAML configuration (TOLLGATE_CONFIG)')
    .option('--data-dir <dir>', 'where everything is kept (TOLLGATE_DATA_DIR, default .tollgate)')
    .option('--no-inference', 'leave the bundled inference server out; upstreams must be configured')
    .option('--demo', 'send believable traffic of several teams through the sidecar')
    .action((options: UpOptions) => up(options));
}

async function up(options: UpOptions): Promise<void> {
  const env = process.env;
  const dataDir = resolve(options.dataDir ?? env['TOLLGATE_DATA_DIR'] ?? '.tollgate');
  const configFile = options.config ?? (env['TOLLGATE_CONFIG'] || undefined);
  const config = loadConfig({
    schema: StartConfig,
    sections: ['upstreams', 'log'],
    file: configFile,
    env,
    envPaths: { LOG_LEVEL: 'log.level' },
  });
  const useBundledUpstream = !env['SIDECAR_UPSTREAM_URL'] && config.upstreams.length === 0;
  if (!options.inference && useBundledUpstream) {
    throw errNoUpstream('there is no upstream without the bundled server', {
      hint: 'set SIDECAR_UPSTREAM_URL or `upstreams` in the configuration, or leave --no-inference out',
    });
  }
  const log = createLogger({ name: 'start', level: process.stdout.isTTY ? 'silent' : config.log.level });
  const admin = stackToken('admin', env['TOLLGATE_ADMIN_TOKEN'], dataDir);
  const ingest = stackToken('ingest', env['TOLLGATE_INGEST_TOKEN'], dataDir);
  await buildDashboard({ root, say: (line) => process.stdout.write(`${line}\n`) });

  const startedAt = performance.now();
  const live = createLiveStatus({
    output: process.stdout,
    footer: () => `Ctrl-C stops all; logs in ${dataDir}/logs`,
  });
  const stack = createStack({
    root,
    dataDir,
    env: {
      ...env,
      ...(configFile === undefined ? {} : { TOLLGATE_CONFIG: resolve(configFile) }),
      TOLLGATE_DATA_DIR: dataDir,
      TOLLGATE_ADMIN_TOKEN: admin.value,
      TOLLGATE_INGEST_TOKEN: ingest.value,
    },
    useBundledUpstream,
    withInference: options.inference,
    logToFiles: process.stdout.isTTY === true,
    log,
    onChange: () => live.show(stack.rows()),
  });
  stopOnSignal(stack);
  try {
    await stack.start();
    const services = [
      stack.address('collector'),
      stack.address('inference-ref'),
      stack.address('sidecar', 'adminUrl'),
    ];
    await Promise.all(services.filter(Boolean).map((url) => waitUntilReady(url, READY_TIMEOUT_MS)));
    if (options.demo === true) await stack.startDemo();
  } catch (error) {
    await stack.stop();
    if (process.stdout.isTTY) live.say(`the services' own words: ${dataDir}/logs`);
    throw error;
  }
  live.say(readyLine(stack, admin, performance.now() - startedAt));
  if (process.stdout.isTTY) setInterval(() => live.show(stack.rows()), STATUS_REFRESH_MS);
}

function readyLine(stack: Stack, admin: StackToken, elapsedMs: number): string {
  const dashboard = `${stack.address('collector')}/${admin.generated ? `#token=${admin.value}` : ''}`;
  return [
    `tollgate ready in ${(elapsedMs / 1000).toFixed(1)} s`,
    `dashboard ${dashboard}`,
    `sidecar ${stack.address('sidecar')}/v1`,
    `metrics ${stack.address('sidecar', 'adminUrl')}/metrics`,
    ...(stack.address('inference-ref') === '' ? [] : [`inference ${stack.address('inference-ref')}/v1`]),
  ].join('  ');
}

function stopOnSignal(stack: Stack): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const clean = await stack.stop();
    process.exit(clean ? 0 : 1);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}
