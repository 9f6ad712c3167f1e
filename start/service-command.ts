// `tollgate sidecar` and `tollgate collector`: the same mains that `up` starts, with their settings as flags.
import { Command } from 'commander';

interface Setting {
  readonly flag: string;
  readonly variable: string;
  readonly description: string;
}

const SHARED: readonly Setting[] = [
  { flag: '--config <file>', variable: 'TOLLGATE_CONFIG', description: 'YAML configuration' },
  { flag: '--data-dir <dir>', variable: 'TOLLGATE_DATA_DIR', description: 'where state is kept' },
  { flag: '--log-level <level>', variable: 'LOG_LEVEL', description: 'trace, debug, info, warn, error' },
];

const SERVICES = {
  sidecar: {
    description: 'run the metering proxy alone',
    load: () => import('@tollgate/sidecar/main'),
    settings: [
      { flag: '--host <address>', variable: 'SIDECAR_HOST', description: 'address to listen on' },
      { flag: '--port <port>', variable: 'SIDECAR_PORT', description: 'port of the data path' },
      {
        flag: '--admin-port <port>',
        variable: 'SIDECAR_ADMIN_PORT',
        description: 'port of /metrics, /healthz, /readyz',
      },
      {
        flag: '--workers <n>',
        variable: 'SIDECAR_WORKERS',
        description: 'processes that share the port',
      },
      { flag: '--upstream-url <url>', variable: 'SIDECAR_UPSTREAM_URL', description: 'the default upstream' },
      {
        flag: '--upstream-provider <name>',
        variable: 'SIDECAR_UPSTREAM_PROVIDER',
        description: 'its provider',
      },
      {
        flag: '--collector-url <url>',
        variable: 'TOLLGATE_COLLECTOR_URL',
        description: 'where events are shipped',
      },
    ],
  },
  collector: {
    description: 'run the ledger alone: ingest, query API, dashboard',
    load: () => import('@tollgate/collector/main'),
    settings: [
      { flag: '--host <address>', variable: 'COLLECTOR_HOST', description: 'address to listen on' },
      { flag: '--port <port>', variable: 'COLLECTOR_PORT', description: 'port of ingest, API and dashboard' },
      {
        flag: '--clickhouse-url <url>',
        variable: 'CLICKHOUSE_URL',
        description: 'a ClickHouse server instead of the embedded one',
      },
    ],
  },
} as const;

export function createServiceCommand(name: keyof typeof SERVICES): Command {
  const service = SERVICES[name];
  const settings: readonly Setting[] = [...service.settings, ...SHARED];
  const command = new Command(name).description(service.description);
  for (const { flag, variable, description } of settings)
    command.option(flag, `${description} (${variable})`);
  command.addHelpText(
    'after',
    '\nFlags win over the environment, the environment over the file; tokens are never flags.',
  );
  return command.action(async (given: Readonly<Record<string, string>>) => {
    for (const { flag, variable } of settings) {
      const value = given[optionName(flag)];
      if (value !== undefined) process.env[variable] = value;
    }
    await service.load();
  });
}

/** `--data-dir <dir>` becomes `dataDir`, as commander names it. */
function optionName(flag: string): string {
  const long = flag.slice(2).split(' ')[0] ?? '';
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
