// One pool of kept-alive connections for each upstream: timeouts, TLS material, HTTP/2 and the corporate proxy.
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { TlsSettings, UpstreamConfig } from '../config.ts';

/** Servers are updated: what one refused is tried again after this long. */
const USAGE_ASK_PAUSE_MS = 3_600_000;

export interface UpstreamPool {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Connections made so far: a call that saw none made went out on a kept one. */
  readonly connectionsMade: () => number;
  readonly totalTimeoutMs: number;
  /** True for an hour after it refused a stream for the usage we asked for. */
  readonly refusesUsageAsk: () => boolean;
  readonly noteRefusedUsageAsk: () => void;
}

export interface EgressProxy {
  readonly url: string;
  /** Hosts that are reached directly: `internal.example`, `.example`, `10.0.0.5:8080`. */
  readonly noProxy: readonly string[];
}

export interface UpstreamPools {
  readonly of: (upstreamName: string) => UpstreamPool;
  readonly close: () => Promise<void>;
}

/** Reads the TLS files. Throws what the file system says where one is missing. */
export function createUpstreamPools(
  upstreams: readonly UpstreamConfig[],
  egressProxy: EgressProxy | undefined,
): UpstreamPools {
  const pools = new Map(
    upstreams.map((upstream) => [upstream.name, createUpstreamPool(upstream, egressProxy)]),
  );
  return {
    of: (name) => {
      const pool = pools.get(name);
      if (pool === undefined) throw new RangeError(`no pool for upstream ${name}`);
      return pool;
    },
    close: async () => {
      await Promise.all([...pools.values()].map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}

function createUpstreamPool(upstream: UpstreamConfig, egressProxy: EgressProxy | undefined): UpstreamPool {
  const { origin } = new URL(upstream.baseUrl);
  const { timeouts, allowHttp2, maxConnections, keepAliveMs } = upstream;
  const tls = tlsOptions(upstream.tls);
  const options = {
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.idleMs,
    keepAliveTimeout: Math.max(1, keepAliveMs),
    connections: maxConnections === 0 ? null : maxConnections,
    allowH2: allowHttp2,
    connect: { ...tls, timeout: timeouts.connectMs },
    maxHeaderSize: 64 * 1024,
  };
  const dispatcher =
    egressProxy === undefined
      ? new Pool(origin, options)
      : new EnvHttpProxyAgent({
          ...options,
          httpProxy: egressProxy.url,
          httpsProxy: egressProxy.url,
          noProxy: egressProxy.noProxy.join(','),
          requestTls: { ...tls, timeout: timeouts.connectMs },
          proxyTls: { timeout: timeouts.connectMs },
        });
  let made = 0;
  dispatcher.on('connect', () => {
    made += 1;
  });
  let refusedUsageAt = Number.NEGATIVE_INFINITY;
  return {
    dispatcher,
    origin,
    connectionsMade: () => made,
    totalTimeoutMs: timeouts.totalMs,
    refusesUsageAsk: () => performance.now() - refusedUsageAt < USAGE_ASK_PAUSE_MS,
    noteRefusedUsageAsk: () => {
      refusedUsageAt = performance.now();
    },
  };
}

function tlsOptions({ caFile, certFile, keyFile, serverName }: TlsSettings): Record<string, unknown> {
  return {
    ...(caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(caFile, 'utf8')] }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
