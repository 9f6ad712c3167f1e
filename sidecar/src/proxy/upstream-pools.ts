// One pool of kept-alive connections for each upstream: timeouts, TLS material, HTTP/2 and the corporate proxy.
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { TlsSettings, UpstreamConfig } from '../config.ts';
import { createEgressConnector, type EgressProxy, isReachedDirectly } from './egress-proxy.ts';

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
  const dispatcher = new Pool(origin, {
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.idleMs,
    keepAliveTimeout: Math.max(1, keepAliveMs),
    connections: maxConnections === 0 ? null : maxConnections,
    allowH2: allowHttp2,
    connect: connectorFor(upstream, egressProxy),
    maxHeaderSize: 64 * 1024,
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

function connectorFor(
  { baseUrl, timeouts, allowHttp2, tls }: UpstreamConfig,
  egressProxy: EgressProxy | undefined,
): buildConnector.BuildOptions | buildConnector.connector {
  const options = tlsOptions(tls);
  if (egressProxy === undefined || isReachedDirectly(new URL(baseUrl), egressProxy.noProxy))
    return { ...options, timeout: timeouts.connectMs };
  return createEgressConnector({
    proxyUrl: new URL(egressProxy.url),
    tls: { ...options, allowH2: allowHttp2 },
    timeoutMs: timeouts.connectMs,
  });
}

function tlsOptions({ caFile, certFile, keyFile, serverName }: TlsSettings): buildConnector.BuildOptions {
  return {
    ...(caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(caFile, 'utf8')] }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
