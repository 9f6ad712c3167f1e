// Which upstream a request goes to, and under which path. Looks at the URL alone; the query is never touched.
import type { Provider } from '@tollgate/contract';

export interface Upstream {
  readonly name: string;
  readonly provider: Provider;
  /** `https://api.example.com`, without a path. */
  readonly origin: string;
  /** Prefix of every path: `` or `/openai/v1`, without a trailing slash. */
  readonly basePath: string;
  readonly apiKey: string | undefined;
  readonly apiKeyMode: 'fill' | 'replace';
}

export interface Route {
  readonly upstream: Upstream;
  /** Path and query as they go upstream. */
  readonly target: string;
  /** Path and query below the upstream's base URL, for recognising the API. */
  readonly path: string;
}

export interface UpstreamSource {
  readonly name: string;
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly default: boolean;
  readonly apiKey: string | undefined;
  readonly apiKeyMode: 'fill' | 'replace';
}

/** Takes `/<name>/<rest>` to that upstream's `<baseUrl>/<rest>` and everything else to the default; null where there is none. */
export type UpstreamRouter = (url: string) => Route | null;

export function createUpstreamRouter(sources: readonly UpstreamSource[]): UpstreamRouter {
  const byName = new Map<string, Upstream>();
  let fallback: Upstream | null = null;
  for (const source of sources) {
    const upstream = describeUpstream(source);
    byName.set(upstream.name, upstream);
    if (source.default) fallback = upstream;
  }
  return (url) => {
    const end = nameEnd(url);
    const named = byName.get(url.slice(1, end));
    if (named !== undefined) return route(named, url.slice(end));
    return fallback === null ? null : route(fallback, url);
  };
}

export function describeUpstream({ name, provider, baseUrl, apiKey, apiKeyMode }: UpstreamSource): Upstream {
  const { origin, pathname } = new URL(baseUrl);
  return { name, provider, origin, basePath: pathname.replace(/\/+$/, ''), apiKey, apiKeyMode };
}

function nameEnd(url: string): number {
  for (let index = 1; index < url.length; index += 1) {
    const code = url.charCodeAt(index);
    if (code === 0x2f || code === 0x3f) return index;
  }
  return url.length;
}

function route(upstream: Upstream, rest: string): Route {
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { upstream, target: upstream.basePath === '' ? path : upstream.basePath + path, path };
}
