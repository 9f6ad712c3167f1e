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
  readonly find: (text: string) => readonly PatternMatch[];
  /** No match holds fewer digits: a text with fewer is not searched. */
  readonly minDigits?: number;
  /** What of a match decides whether two are the same: `4111 1111…` and `4111-1111…` are. */
  readonly normalise?: (match: string) => string;
}

/** Matches of one pattern that are kept from one text. */
const MATCHES = 50;
export const NO_MATCHES: readonly PatternMatch[] = [];

/** Finds by a bounded expression with the `g` flag; `accept` validates what it matched. */
export function matchesOf(
  expression: RegExp,
  accept: (match: string, text: string, start: number) => boolean = () => true,
): (text: string) => readonly PatternMatch[] {
  return (text) => {
    let found: PatternMatch[] | null = null;
    // One expression for all texts: `matchAll` would make a copy of it for each.
    expression.lastIndex = 0;
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      const [whole] = match;
      if (!accept(whole, text, match.index)) continue;
      found ??= [];
      found.push({ start: match.index, end: match.index + whole.length });
      if (found.length === MATCHES) break;
    }
    return found ?? NO_MATCHES;
  };
}
