// Flags personal data and secrets in prompts and answers. Changes nothing, stores no text, and looks at a bounded part
// of each text only, after the request has been sent.
import { createHmac } from 'node:crypto';
import type { Api, FilterFinding } from '@tollgate/contract';
import { promptText } from '../providers/prompt-text.ts';
import type { Pattern, PatternMatch } from './pattern.ts';
import { personalPatterns } from './personal-patterns.ts';
import { secretPatterns } from './secret-patterns.ts';

export interface ContentScannerOptions {
  /** Secret of this installation, for the digests of what was matched. */
  readonly key: Buffer | string;
  /** Names of patterns to leave out. */
  readonly disabledPatterns?: readonly string[];
  /** Names of patterns to use that are off by default (`ip_address`). */
  readonly enabledPatterns?: readonly string[];
  /** Bytes of a request's texts, and characters of an answer, that are scanned. Default 65,536. */
  readonly maxTextBytes?: number;
}

/** What a finding says of the text; the proxy adds the call's identity. */
export type ContentMatch = Pick<
  FilterFinding,
  | 'direction'
  | 'category'
  | 'pattern'
  | 'severity'
  | 'action'
  | 'match_start'
  | 'match_length'
  | 'match_digest'
>;

export interface ContentScanner {
  /** Positions refer to the request's texts joined by newlines. */
  readonly scanRequest: (api: Api, body: Buffer) => ContentMatch[];
  readonly scanAnswer: (text: string) => ContentMatch[];
}

/** Secrets first: where two patterns overlap, the earlier one stands. */
const PATTERNS: readonly Pattern[] = [...secretPatterns, ...personalPatterns];
/** Every name that the configuration may switch. */
export const PATTERN_NAMES: readonly string[] = [...new Set(PATTERNS.map((pattern) => pattern.name))];
const MOST_DIGITS = Math.max(...PATTERNS.map(({ minDigits = 0 }) => minDigits));
const FINDINGS = 100;

export function createContentScanner(options: ContentScannerOptions): ContentScanner {
  const { key, disabledPatterns = [], enabledPatterns = [], maxTextBytes = 65_536 } = options;
  const patterns = PATTERNS.filter(
    ({ name, enabledByDefault = true }) =>
      !disabledPatterns.includes(name) && (enabledByDefault || enabledPatterns.includes(name)),
  );

  function scan(direction: ContentMatch['direction'], text: string): ContentMatch[] {
    const taken: PatternMatch[] = [];
    const findings: ContentMatch[] = [];
    const digits = countDigits(text);
    for (const pattern of patterns) {
      if (pattern.minDigits !== undefined && digits < pattern.minDigits) continue;
      for (const match of pattern.find(text)) {
        if (findings.length === FINDINGS) return findings;
        if (taken.some((other) => match.start < other.end && other.start < match.end)) continue;
        taken.push(match);
        findings.push(toFinding({ direction, pattern, match, text, key }));
      }
    }
    return findings.sort((a, b) => a.match_start - b.match_start);
  }

  return {
    scanRequest(api, body) {
      if (api === 'unknown' || api.endsWith('.other') || api === 'openai.audio_transcriptions') return [];
      return scan('request', promptText(body, maxTextBytes).text);
    },
    scanAnswer: (text) => scan('response', text.slice(0, maxTextBytes)),
  };
}

/** Digits of a text, counted no further than any pattern asks. */
function countDigits(text: string): number {
  let digits = 0;
  for (let at = text.search(/\d/); at >= 0 && at < text.length && digits < MOST_DIGITS; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits += 1;
  }
  return digits;
}

interface Found {
  readonly direction: ContentMatch['direction'];
  readonly pattern: Pattern;
  readonly match: PatternMatch;
  readonly text: string;
  readonly key: Buffer | string;
}

function toFinding({ direction, pattern, match, text, key }: Found): ContentMatch {
  const matched = text.slice(match.start, match.end);
  const normal = pattern.normalise?.(matched) ?? matched;
  return {
    direction,
    category: pattern.category,
    pattern: pattern.name,
    severity: pattern.severity,
    action: 'flagged',
    match_start: match.start,
    match_length: match.end - match.start,
    match_digest: createHmac('sha256', key).update(`${pattern.name}\n${normal}`).digest('hex'),
  };
}
