// The upstream that only the canary calls. Its name is one that no configuration can give, and it is reached directly.
import type { SidecarConfig, UpstreamConfig } from '../config.ts';

export const CANARY_UPSTREAM = '.canary';
/** Where the canary calls the sidecar. */
export const CANARY_PATH = `/${CANARY_UPSTREAM}/v1/chat/completions`;

export function withCanaryUpstream(config: SidecarConfig, responderUrl: string): SidecarConfig {
  const { timeouts, egressProxy } = config.sidecar;
  const upstream: UpstreamConfig = {
    name: CANARY_UPSTREAM,
    provider: 'openai-compatible',
    baseUrl: responderUrl,
    apiKey: undefined,
    apiKeyMode: 'fill',
    default: false,
    timeouts,
    allowHttp2: false,
    maxConnections: 0,
    keepAliveMs: 4_000,
    tls: {},
  };
  const sidecar = { ...config.sidecar };
  if (egressProxy !== undefined) {
    sidecar.egressProxy = { ...egressProxy, noProxy: [...egressProxy.noProxy, new URL(responderUrl).host] };
  }
  return { ...config, sidecar, upstreams: [...config.upstreams, upstream] };
}
