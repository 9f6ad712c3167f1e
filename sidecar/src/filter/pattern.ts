// The port of a pattern: it finds its matches in a text, each of them validated, in time linear to the text.
import type { FilterCategory, Severity } from '@tollgate/contract';

export interface PatternMatch {
  readonly start: number;
  readonly end: number;
}

export interface Pattern {
  /** As stored with each finding. */
  readonly name: string;
  readonly category: FilterCategory;
  readonly severity: Severity;
  /** False where the pattern must be switched on by configuration. */
  readonly enabledByDefault?: boolean;
  readonly find: (text: string) => PatternMatch[];
  /** What of a match decides whether two are the same: `4111 1111…` and `4111-1111…` are. */
  readonly normalise?: (match: string) => string;
}

/** Matches of one pattern that are kept from one text. */
const MATCHES = 50;

/** Finds by a bounded expression with the `g` flag; `accept` validates what it matched. */
export function matchesOf(
  expression: RegExp,
  accept: (match: string, text: string, start: number) => boolean = () => true,
): (text: string) => PatternMatch[] {
  return (text) => {
    const found: PatternMatch[] = [];
    for (const match of text.matchAll(expression)) {
      const [whole] = match;
      if (!accept(whole, text, match.index)) continue;
      found.push({ start: match.index, end: match.index + whole.length });
      if (found.length === MATCHES) break;
    }
    return found;
  };
}
