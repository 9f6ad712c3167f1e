// The three services of one machine as supervised children: who starts after whom, with which environment, who stops first.
import { closeSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@tollgate/service-kit/logger';
import { createSupervisedProcess, type SupervisedProcess } from '@tollgate/service-kit/supervised-process';
import type { LiveStatusRow } from './live-status.ts';

type ServiceName = 'collector' | 'inference-ref' | 'sidecar' | 'demo';

export interface StackOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True when no upstream is configured: then the bundled server is the sidecar's default upstream. */
  readonly useBundledUpstream: boolean;
  /** False when all upstreams are elsewhere and nobody wants the bundled server. */
  readonly withInference: boolean;
  readonly logToFiles: boolean;
  readonly log: Logger;
  readonly onChange: () => void;
}

export interface Stack {
  readonly start: () => Promise<void>;
  readonly startDemo: () => Promise<void>;
  /** Sidecar first, so that it ships what it holds while the collector still listens. Resolves true when all ended by themselves. */
  readonly stop: () => Promise<boolean>;
  readonly rows: () => LiveStatusRow[];
  /** The address a service announced under a key of its ready message, such as `url` or `adminUrl`. */
  readonly address: (service: ServiceName, key?: string) => string;
}

const MAIN_FILES: Readonly<Record<ServiceName, string>> = {
  collector: 'collector/src/main.ts',
  'inference-ref': 'inference-ref/src/main.ts',
  sidecar: 'sidecar/src/main.ts',
  demo: 'inference-ref/src/demo/demo-main.ts',
};
const SIDECAR_STOP_MS = 5_000;
const STOP_MS = 4_000;

export function createStack(options: StackOptions): Stack {
  const addresses = new Map<ServiceName, Readonly<Record<string, string>>>();
  const children = new Map<ServiceName, SupervisedProcess>();
  const openLogs: number[] = [];

  const address = (service: ServiceName, key = 'url'): string => addresses.get(service)?.[key] ?? '';

  const launch = async (service: ServiceName): Promise<void> => {
    const output = options.logToFiles ? openLog(options.dataDir, service) : 'inherit';
    if (typeof output === 'number') openLogs.push(output);
    const child = createSupervisedProcess({
      name: service,
      nodeArgs: ['--import', 'tsx', join(options.root, MAIN_FILES[service])],
      env: () => ({ ...options.env, ...learntEnvironment(service) }),
      log: options.log,
      output,
      onReady: (ready) => addresses.set(service, ready),
      onStatus: options.onChange,
    });
    children.set(service, child);
    await child.start();
  };

  /** What earlier ready messages told: peers' addresses, and a restarted service's own ports, so that they never change. */
  const learntEnvironment = (service: ServiceName): Record<string, string | undefined> => {
    if (service === 'collector') return pinned({ COLLECTOR_PORT: portOf(address('collector')) });
    if (service === 'inference-ref') return pinned({ INFERENCE_PORT: portOf(address('inference-ref')) });
    if (service === 'demo') return { TOLLGATE_DEMO_TARGET: address('sidecar') };
    return pinned({
      SIDECAR_PORT: portOf(address('sidecar')),
      SIDECAR_ADMIN_PORT: portOf(address('sidecar', 'adminUrl')),
      TOLLGATE_COLLECTOR_URL: address('collector'),
      SIDECAR_UPSTREAM_URL: options.useBundledUpstream ? address('inference-ref') : '',
    });
  };

  const stopOne = async (service: ServiceName, timeoutMs: number): Promise<boolean> =>
    (await children.get(service)?.stop(timeoutMs)) !== null;

  return {
    start: async () => {
      await Promise.all([launch('collector'), ...(options.withInference ? [launch('inference-ref')] : [])]);
      await launch('sidecar');
    },
    startDemo: () => launch('demo'),
    stop: async () => {
      const demoEnded = await stopOne('demo', 1_000);
      const sidecarEnded = await stopOne('sidecar', SIDECAR_STOP_MS);
      const rest = await Promise.all([stopOne('collector', STOP_MS), stopOne('inference-ref', STOP_MS)]);
      for (const descriptor of openLogs) closeSync(descriptor);
      return demoEnded && sidecarEnded && rest.every(Boolean);
    },
    rows: () => [...children].map(([name, child]) => ({ name, url: address(name), status: child.status() })),
    address,
  };
}

function portOf(url: string): string {
  return url === '' ? '' : new URL(url).port;
}

function pinned(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function openLog(dataDir: string, service: ServiceName): number {
  const directory = join(dataDir, 'logs');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${service}.log`);
  try {
    renameSync(file, `${file}.1`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return openSync(file, 'a');
}
