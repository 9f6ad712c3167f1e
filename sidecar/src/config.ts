// The sidecar's settings: one schema over the file's `upstreams`, `sidecar`, `telemetry` and `log` sections.
// Reads no environment by itself: main.ts hands it over.
import { Provider } from '@tollgate/contract';
import { loadConfig } from '@tollgate/service-kit/config';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { PATTERN_NAMES } from './filter/content-scanner.ts';
import { isBareUrl, leadsTo } from './upstream-address.ts';

const errConfigInvalid = defineError('TG_CONFIG_INVALID', 500);
const BUNDLED_SERVER_URL = 'http://127.0.0.1:8000';

const RESERVED_NAMES = new Set(['v1', 'v1beta', 'v2', 'api']);
const MIB = 1024 * 1024;
const LEADS_BACK = 'leads back to this sidecar';

const limit = z.coerce.number().int().min(0).max(86_400_000);
const milliseconds = (fallback: number) => limit.default(fallback);
const bytes = (fallback: number) => z.coerce.number().int().min(0).default(fallback);
const upstreamUrl = z.url({ protocol: /^https?$/ }).refine(isBareUrl, {
  message:
    'must be scheme, host and path alone: a key comes from apiKeyEnv, a query (api-version) from the client',
});
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const Timeouts = z.strictObject({
  /** Until a connection stands, TLS included. Default 10,000. */
  connectMs: milliseconds(10_000),
  /** From the request's last byte to the answer's headers. 0 waits for ever. Default 600,000, as long as SDKs wait. */
  headersMs: milliseconds(600_000),
  /** Between two chunks of an answer. Time spent waiting for the client does not count. Default 300,000. */
  idleMs: milliseconds(300_000),
  /** The whole call. 0, the default, sets no limit. */
  totalMs: milliseconds(0),
});
export type Timeouts = z.output<typeof Timeouts>;

/** Per upstream: only what differs. */
const PartialTimeouts = z.strictObject({
  connectMs: limit.optional(),
  headersMs: limit.optional(),
  idleMs: limit.optional(),
  totalMs: limit.optional(),
});

const Tls = z.strictObject({
  /** PEM file of certificate authorities to trust besides the system's. */
  caFile: z.string().optional(),
  /** PEM files of the client certificate and its key. */
  certFile: z.string().optional(),
  keyFile: z.string().optional(),
  /** Name to verify instead of the host's. */
  serverName: z.string().optional(),
});

const UpstreamSettings = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'letters, digits, dot, dash, underscore; 64 at most'),
    provider: Provider,
    baseUrl: upstreamUrl,
    /** Name of the environment variable that holds the key. */
    apiKeyEnv: z.string().min(1).optional(),
    /** `fill` (default) sets the key where the client sent none, or `none`, `tollgate` or `EMPTY` for one; `replace` always. */
    apiKeyMode: z.enum(['fill', 'replace']).default('fill'),
    default: z.boolean().default(false),
    timeouts: PartialTimeouts.prefault({}),
    /**
     * Offers HTTP/2 in the TLS handshake. Off by default: each connection carries one call at a time, as others could be sent
     * twice when it ends, and a server that says GOAWAY cuts the call in flight.
     */
    allowHttp2: z.boolean().default(false),
    /** Most connections kept to this upstream; 0, the default, sets no limit. */
    maxConnections: z.coerce.number().int().min(0).default(0),
    keepAliveMs: milliseconds(30_000),
    tls: Tls.prefault({}),
  })
  .refine((upstream) => !RESERVED_NAMES.has(upstream.name), {
    path: ['name'],
    message: `would hide the paths of the default upstream (${[...RESERVED_NAMES].join(', ')})`,
  });

const Spool = z.strictObject({
  /** What may wait on disk for the collector. Beyond it new events are dropped and counted. Default 1 GiB. */
  maxBytes: bytes(1024 * MIB),
  /** Held in memory while the disk fails. Default 32 MiB. */
  memoryMaxBytes: bytes(32 * MIB),
  /** `never` survives a killed process; `interval` also a power cut, but for the last interval; `always` also that. */
  fsync: z.enum(['never', 'interval', 'always']).default('interval'),
  fsyncIntervalMs: milliseconds(1_000),
  /** A segment is shipped when it is this old or this large. */
  segmentMaxMs: milliseconds(200),
  segmentMaxBytes: bytes(4 * MIB).refine((size) => size <= 8 * MIB, 'must be at most 8 MiB'),
});

const Gpu = z.strictObject({
  /** Samples this host's GPUs where there is an NVIDIA driver. */
  enabled: z.boolean().default(true),
  intervalMs: z.coerce.number().int().min(100).max(3_600_000).default(1_000),
  libraryPath: z.string().optional(),
});

const Canary = z.strictObject({
  /** Compares a call through the sidecar with the same one past it, now and then. Calls nobody but itself. */
  enabled: z.boolean().default(true),
  /** Between two rounds of twenty pairs. Default 60,000. */
  intervalMs: z.coerce.number().int().min(1_000).max(86_400_000).default(60_000),
});

const Filter = z.strictObject({
  /** Flags personal data and secrets in prompts and answers; nothing is changed. */
  enabled: z.boolean().default(true),
  disabledPatterns: z.array(z.enum(PATTERN_NAMES)).default([]),
  /** Patterns that are off by default: `ip_address`. */
  enabledPatterns: z.array(z.enum(PATTERN_NAMES)).default([]),
  /** How much of a prompt, and of an answer, is looked at. Default 64 KiB. */
  maxTextBytes: bytes(64 * 1024),
});

const Sidecar = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: port(4000),
  adminHost: z.string().optional(),
  adminPort: port(4001),
  /** Processes that share the port. 1, the default, serves in one; more are worth while where cores are free. */
  workers: z.coerce.number().int().min(1).max(64).default(1),
  /** Stored with each call. Default: the host's name. */
  id: z.string().min(1).max(128).optional(),
  /** The default upstream, for a single one without an `upstreams` section. */
  upstreamUrl: upstreamUrl.optional(),
  upstreamProvider: Provider.optional(),
  timeouts: Timeouts.prefault({}),
  /** JSON requests up to this size are read for their model and digest; larger ones stream through unread. */
  inspectMaxBytes: bytes(16 * MIB),
  /** Reads on from upstream after the client left, so that the usage is known. Off by default: the abort goes upstream at once. */
  drainOnAbort: z.strictObject({ maxMs: milliseconds(5_000), maxBytes: bytes(4 * MIB) }).optional(),
  /** Web pages, by origin, that may use keys of `apiKeyEnv`: `https://app.example.com`. Others must bring their own. */
  allowedOrigins: z.array(z.url()).default([]),
  gpu: Gpu.prefault({}),
  canary: Canary.prefault({}),
  filter: Filter.prefault({}),
  /** A corporate proxy for upstream connections: `url`, and hosts that are reached directly. */
  egressProxy: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }), noProxy: z.array(z.string()).default([]) })
    .optional(),
  shutdown: z
    .strictObject({
      /** Open answers may finish this long after SIGTERM. */
      drainMs: milliseconds(3_000),
      /** Then events may ship this long; what is left stays in the spool. */
      shipMs: milliseconds(1_000),
    })
    .prefault({}),
});

const Telemetry = z.strictObject({
  collectorUrl: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8080'),
  ingestToken: z.string().default(''),
  gzip: z.boolean().default(false),
  /** A sidecar reports its counts this often while they change. */
  reportIntervalMs: milliseconds(5_000),
  /** OTLP over gRPC, such as `http://127.0.0.1:4317`; spans are off without it. */
  otlpEndpoint: z.string().optional(),
  /** Share of calls that begin a trace; a call that comes with one follows its caller's choice. Default 1. */
  traceSampleRatio: z.coerce.number().min(0).max(1).default(1),
  /** Most label sets a metric may have; the rest is counted under `_other`. */
  maxSeriesPerMetric: z.coerce.number().int().min(1).default(500),
  spool: Spool.prefault({}),
});

const Log = z.looseObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

const SidecarFile = z
  .strictObject({
    upstreams: z.array(UpstreamSettings).default([]),
    sidecar: Sidecar.prefault({}),
    telemetry: Telemetry.prefault({}),
    log: Log.prefault({}),
  })
  .superRefine(({ upstreams, sidecar }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const seen = new Set<string>();
    upstreams.forEach(({ name, baseUrl }, index) => {
      if (leadsTo(baseUrl, sidecar)) refuse(['upstreams', index, 'baseUrl'], LEADS_BACK);
      if (seen.has(name)) refuse(['upstreams', index, 'name'], 'is used twice');
      seen.add(name);
    });
    if (upstreams.filter((upstream) => upstream.default).length > 1)
      refuse(['upstreams'], 'only one may be the default');
    if (sidecar.upstreamUrl !== undefined && leadsTo(sidecar.upstreamUrl, sidecar))
      refuse(['sidecar', 'upstreamUrl'], LEADS_BACK);
  });

export type TelemetrySettings = z.output<typeof Telemetry>;
export type TlsSettings = z.output<typeof Tls>;

/** An upstream with its key resolved and every timeout settled. */
export interface UpstreamConfig extends Omit<z.output<typeof UpstreamSettings>, 'timeouts' | 'apiKeyEnv'> {
  readonly timeouts: Timeouts;
  readonly apiKey: string | undefined;
}

export interface SidecarConfig {
  readonly dataDir: string;
  readonly upstreams: readonly UpstreamConfig[];
  readonly sidecar: z.output<typeof Sidecar>;
  readonly telemetry: TelemetrySettings;
  readonly logLevel: string;
}

const ENVIRONMENT = {
  SIDECAR_HOST: 'sidecar.host',
  SIDECAR_PORT: 'sidecar.port',
  SIDECAR_ADMIN_PORT: 'sidecar.adminPort',
  SIDECAR_WORKERS: 'sidecar.workers',
  SIDECAR_EGRESS_PROXY: 'sidecar.egressProxy.url',
  SIDECAR_UPSTREAM_URL: 'sidecar.upstreamUrl',
  SIDECAR_UPSTREAM_PROVIDER: 'sidecar.upstreamProvider',
  TOLLGATE_COLLECTOR_URL: 'telemetry.collectorUrl',
  TOLLGATE_INGEST_TOKEN: 'telemetry.ingestToken',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'telemetry.otlpEndpoint',
  LOG_LEVEL: 'log.level',
} as const;

/** Reads the file named by TOLLGATE_CONFIG and the environment. Throws TG_CONFIG_INVALID with every problem. */
export function loadSidecarConfig(env: Readonly<Record<string, string | undefined>>): SidecarConfig {
  const { upstreams, sidecar, telemetry, log } = loadConfig({
    schema: SidecarFile,
    sections: ['upstreams', 'sidecar', 'telemetry', 'log'],
    file: env['TOLLGATE_CONFIG'] || undefined,
    env,
    envPaths: ENVIRONMENT,
  });
  const settled = upstreams.map(({ apiKeyEnv, timeouts, ...upstream }) => ({
    ...upstream,
    timeouts: settleTimeouts(sidecar.timeouts, timeouts),
    apiKey: apiKeyEnv === undefined ? undefined : readKey(env, upstream.name, apiKeyEnv),
  }));
  return {
    dataDir: env['TOLLGATE_DATA_DIR'] || '.tollgate',
    upstreams: withDefaultUpstream(settled, sidecar),
    sidecar,
    telemetry,
    logLevel: log.level,
  };
}

function settleTimeouts(base: Timeouts, own: z.output<typeof PartialTimeouts>): Timeouts {
  return {
    connectMs: own.connectMs ?? base.connectMs,
    headersMs: own.headersMs ?? base.headersMs,
    idleMs: own.idleMs ?? base.idleMs,
    totalMs: own.totalMs ?? base.totalMs,
  };
}

function readKey(
  env: Readonly<Record<string, string | undefined>>,
  upstream: string,
  variable: string,
): string {
  const key = env[variable];
  if (key) return key;
  throw errConfigInvalid(`upstream ${upstream} takes its key from ${variable}, which is not set`, {
    hint: `set ${variable}, or remove apiKeyEnv so that clients send their own keys`,
  });
}

/** The default: SIDECAR_UPSTREAM_URL, else the one marked, else the only one, else the bundled server. */
function withDefaultUpstream(
  upstreams: readonly UpstreamConfig[],
  sidecar: z.output<typeof Sidecar>,
): UpstreamConfig[] {
  if (sidecar.upstreamUrl === undefined) {
    const [only] = upstreams;
    if (upstreams.length === 1 && only !== undefined) return [{ ...only, default: true }];
    if (upstreams.length > 0) return [...upstreams];
  }
  const { timeouts: _none, ...plain } = UpstreamSettings.parse({
    name: 'default',
    provider: sidecar.upstreamProvider ?? 'openai-compatible',
    baseUrl: sidecar.upstreamUrl ?? BUNDLED_SERVER_URL,
    default: true,
  });
  const others = upstreams.filter(({ name }) => name !== 'default');
  return [
    { ...plain, timeouts: sidecar.timeouts, apiKey: undefined },
    ...others.map((upstream) => ({ ...upstream, default: false })),
  ];
}
