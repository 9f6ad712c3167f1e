// Which headers cross the sidecar: all but hop-by-hop ones and our own, in the order, case and number they came in.
import { TOLLGATE_HEADER_PREFIX } from '@tollgate/contract';
import type { KeyInjection } from '../policy/upstream-key.ts';
import { type HeaderMap, isReadHeader } from '../providers/dialect.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** Set anew for upstream: its host, the body's framing, and `expect`, which we answer ourselves. */
const REQUEST_OWN = new Set(['host', 'content-length', 'expect', 'trailer']);
const MAX_KNOWN_NAMES = 2_048;

/** `read` is forwarded, and shown to the answer's reader. */
type Verdict = 'forward' | 'drop' | 'content-length' | 'read';

export interface RequestHeaderOptions {
  /** As node:http gives them: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
  readonly connection: string | undefined;
  readonly te: string | string[] | undefined;
  /** Keeps `content-length`: the body is passed through as it is. */
  readonly keepLength: boolean;
  readonly key: KeyInjection | null;
  /** Flat list of headers that replace the client's. */
  readonly set: readonly string[];
  /** Sends `accept-encoding: identity` instead of what the client accepts. */
  readonly uncompressed: boolean;
}

const requestVerdicts = new Map<string, Verdict>();
const answerVerdicts = new Map<string, Verdict>();

/** The request's headers for upstream, as a flat list. */
export function requestHeaders(options: RequestHeaderOptions): string[] {
  const { rawHeaders, key, keepLength, set, uncompressed } = options;
  const named = connectionTokens(options.connection);
  const replaced = replacedNames(options);
  const forwarded: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const verdict = requestVerdicts.get(name) ?? judge(name, requestVerdicts, REQUEST_OWN);
    if (verdict === 'drop' || (verdict === 'content-length' && !keepLength)) continue;
    if (named?.has(name.toLowerCase()) || replaced?.has(name.toLowerCase())) continue;
    forwarded.push(name, rawHeaders[index + 1] ?? '');
  }
  if (key !== null) forwarded.push(key.name, key.value);
  if (uncompressed) forwarded.push('accept-encoding', 'identity');
  if (options.te === 'trailers') forwarded.push('te', 'trailers');
  for (const part of set) forwarded.push(part);
  return forwarded;
}

function replacedNames({ key, set, uncompressed }: RequestHeaderOptions): Set<string> | null {
  if (key === null && set.length === 0 && !uncompressed) return null;
  const names = new Set(key?.remove);
  for (let index = 0; index < set.length; index += 2) names.add(set[index] ?? '');
  if (uncompressed) names.add('accept-encoding');
  return names;
}

export interface AnswerHeaders {
  /** Flat list for `writeHead`. */
  readonly forwarded: string[];
  /** Declared body length; null for a chunked or close-delimited answer. */
  readonly contentLength: number | null;
  /** What the answer's reader asks of the headers, by names in lower case. */
  readonly read: HeaderMap;
}

/** The answer's headers for the client. `dropLength` where the body's length will differ from the declared one. */
export function answerHeaders(raw: readonly (Buffer | string)[], dropLength: boolean): AnswerHeaders {
  const forwarded: string[] = [];
  const read: Record<string, string> = {};
  let contentLength: number | null = null;
  let named: Set<string> | null = null;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]);
    const verdict = answerVerdicts.get(name) ?? judge(name, answerVerdicts, NONE);
    if (verdict === 'drop') {
      if (name.length === 10 && name.toLowerCase() === 'connection')
        named = connectionTokens(text(raw[index + 1]));
      continue;
    }
    const value = text(raw[index + 1]);
    if (verdict === 'content-length') {
      contentLength = Number(value);
      if (dropLength) continue;
    } else if (verdict === 'read') read[name.toLowerCase()] ??= value;
    forwarded.push(name, value);
  }
  return { forwarded: named === null ? forwarded : without(forwarded, named), contentLength, read };
}

const NONE: ReadonlySet<string> = new Set();

/** Names repeat, so each is judged once; the table is bounded, as clients choose the names. */
function judge(name: string, known: Map<string, Verdict>, own: ReadonlySet<string>): Verdict {
  const lower = name.toLowerCase();
  let verdict: Verdict = 'forward';
  if (lower === 'content-length') verdict = 'content-length';
  else if (HOP_BY_HOP.has(lower) || own.has(lower) || lower.startsWith(TOLLGATE_HEADER_PREFIX))
    verdict = 'drop';
  else if (known === answerVerdicts && isReadHeader(lower)) verdict = 'read';
  if (known.size < MAX_KNOWN_NAMES) known.set(name, verdict);
  return verdict;
}

/** Header names that `connection` declares hop-by-hop; null for the usual `keep-alive` and `close`. */
function connectionTokens(value: string | undefined): Set<string> | null {
  if (value === undefined || value === 'keep-alive' || value === 'close') return null;
  const tokens = value.split(',').map((token) => token.trim().toLowerCase());
  return new Set(tokens.filter((token) => token !== 'close' && token !== 'keep-alive' && token !== ''));
}

function without(flat: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? '';
    if (!names.has(name.toLowerCase())) kept.push(name, flat[index + 1] ?? '');
  }
  return kept;
}

function text(value: Buffer | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.toString('latin1');
}

/** The answer to an upgrade for the client: everything but our own, as the handshake lives in hop-by-hop headers. */
export function upgradeHeaders(raw: readonly (Buffer | string)[]): string[] {
  const forwarded: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]);
    if (!name.toLowerCase().startsWith(TOLLGATE_HEADER_PREFIX)) forwarded.push(name, text(raw[index + 1]));
  }
  return forwarded;
}

const NO_TRAILERS: [string, string][] = [];

/**
 * Upstream's trailers as `addTrailers` takes them, repeated names repeated. The HTTP client gives those of HTTP/1.1 raw,
 * name and value by turns, and those of HTTP/2 as an object.
 */
export function trailerPairs(
  raw:
    | readonly (Buffer | string)[]
    | Readonly<Record<string, string | string[] | undefined>>
    | null
    | undefined,
): [string, string][] {
  if (raw === null || raw === undefined) return NO_TRAILERS;
  if (isFlat(raw)) {
    if (raw.length === 0) return NO_TRAILERS;
    const pairs: [string, string][] = [];
    for (let index = 0; index + 1 < raw.length; index += 2)
      pairs.push([text(raw[index]), text(raw[index + 1])]);
    return pairs;
  }
  return Object.entries(raw).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}

function isFlat(raw: object): raw is readonly (Buffer | string)[] {
  return Array.isArray(raw);
}
