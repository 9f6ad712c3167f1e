// Reaches an upstream through a corporate proxy: asks it for a tunnel (HTTP CONNECT), then speaks to the upstream as if it
// were reached directly. A connector for the ordinary pool, since undici's own proxy agent would merge repeated headers.
import { request as sendRequest } from 'node:http';
import type { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';

export interface EgressProxy {
  /** `http://user:password@proxy.internal:3128`, or `https:` for a proxy behind TLS. */
  readonly url: string;
  /** Hosts that are reached directly: `internal.example`, `.example`, `10.0.0.5:8080`, `*`. */
  readonly noProxy: readonly string[];
}

export interface EgressConnectorOptions {
  readonly proxyUrl: URL;
  /** TLS towards the upstream. */
  readonly tls: buildConnector.BuildOptions;
  /** For tunnel and handshake together. */
  readonly timeoutMs: number;
}

/** The proxy could not be reached, or did not behave like one. */
export class EgressProxyFailed extends Error {
  readonly code = 'TG_EGRESS_PROXY_FAILED';
}

/** The proxy answered, and gave no tunnel. */
export class EgressProxyRefused extends Error {
  readonly code = 'TG_EGRESS_PROXY_REFUSED';
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Whether `noProxy` names the host of this URL, a domain above it, or all hosts. */
export function isReachedDirectly(url: URL, noProxy: readonly string[]): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || DEFAULT_PORTS[url.protocol];
  return noProxy.some((entry) => {
    if (entry === '*') return true;
    const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.trim().toLowerCase()) ?? [];
    const domain = name.replace(/^\*?\./, '');
    if (domain === '' || (entryPort !== undefined && entryPort !== port)) return false;
    return host === domain || host.endsWith(`.${domain}`);
  });
}

export function createEgressConnector(options: EgressConnectorOptions): buildConnector.connector {
  const { proxyUrl, tls, timeoutMs } = options;
  const reachProxy = buildConnector({ timeout: timeoutMs });
  const reachUpstream = buildConnector({ ...tls, timeout: timeoutMs });
  return (target, callback) => {
    const port = proxyUrl.port || DEFAULT_PORTS[proxyUrl.protocol] || '';
    const proxy = { hostname: proxyUrl.hostname, host: proxyUrl.host, protocol: proxyUrl.protocol, port };
    reachProxy(proxy, (error, proxySocket) => {
      if (error !== null) {
        callback(new EgressProxyFailed('the egress proxy cannot be reached', { cause: error }), null);
        return;
      }
      openTunnel(proxySocket, target, options, (failure, socket) => {
        if (socket === null) callback(failure, null);
        else if (target.protocol === 'https:') reachUpstream({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      });
    });
  };
}

type TunnelCallback = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void;

function openTunnel(
  proxySocket: Socket,
  target: buildConnector.Options,
  { proxyUrl, timeoutMs }: EgressConnectorOptions,
  done: TunnelCallback,
): void {
  const authority = `${target.hostname}:${target.port || DEFAULT_PORTS[target.protocol]}`;
  const asking = sendRequest({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentials(proxyUrl) },
    createConnection: () => proxySocket,
  });
  const timer = setTimeout(() => asking.destroy(new errors.ConnectTimeoutError()), timeoutMs);
  const fail = (error: Error): void => {
    clearTimeout(timer);
    proxySocket.destroy();
    done(error, null);
  };
  asking.once('error', (cause) => {
    const timedOut = cause instanceof errors.ConnectTimeoutError;
    fail(timedOut ? cause : new EgressProxyFailed('the egress proxy broke off', { cause }));
  });
  asking.once('response', ({ statusCode }) => fail(refusal(statusCode)));
  asking.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    if (statusCode < 200 || statusCode > 299) {
      fail(refusal(statusCode));
      return;
    }
    clearTimeout(timer);
    if (head.length > 0) socket.unshift(head);
    done(null, socket);
  });
  asking.end();
}

function refusal(status: number | undefined): EgressProxyRefused {
  return new EgressProxyRefused(`the egress proxy answered ${status} to CONNECT`);
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
