// Puts the sidecar's own key on a request in the header that the provider reads. Never logs or returns a key elsewhere.
import type { Provider } from '@tollgate/contract';
import type { Upstream } from './upstream-route.ts';

/** What SDKs that insist on a key are given when the sidecar holds the real one. */
const PLACEHOLDER_KEYS: ReadonlySet<string> = new Set(['tollgate', 'none', 'EMPTY']);

const KEY_HEADERS: Partial<Record<Provider, string>> = {
  azure: 'api-key',
  anthropic: 'x-api-key',
  google: 'x-goog-api-key',
};
const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;

export interface KeyInjection {
  /** Header names, in lower case, that the client's request must lose. */
  readonly remove: readonly string[];
  readonly name: string;
  readonly value: string;
}

/** What to change so that the request carries the upstream's key; null when the client's own credentials stand. */
export function keyInjection(
  upstream: Upstream,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): KeyInjection | null {
  if (upstream.apiKey === undefined) return null;
  if (upstream.apiKeyMode === 'fill' && CREDENTIAL_HEADERS.some((name) => isOwnCredential(headers[name]))) {
    return null;
  }
  const name = KEY_HEADERS[upstream.provider] ?? 'authorization';
  const value = name === 'authorization' ? `Bearer ${upstream.apiKey}` : upstream.apiKey;
  return { remove: CREDENTIAL_HEADERS, name, value };
}

function isOwnCredential(value: string | string[] | undefined): boolean {
  if (value === undefined || value === '') return false;
  return Array.isArray(value) || !PLACEHOLDER_KEYS.has(value.replace(/^Bearer /, ''));
}
