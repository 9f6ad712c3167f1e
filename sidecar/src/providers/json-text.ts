// Decodes the inside of a JSON string, also one that a bound has cut. Never throws.

/** Longest rest that a cut can leave: a surrogate pair of which one digit is missing. */
const LONGEST_REST = 12;

/** `raw` without its quotes, escapes resolved. Half an escape at the end is dropped. */
export function decodeJsonText(raw: string): string {
  if (!raw.includes('\\')) return raw;
  for (let cut = 0; cut <= LONGEST_REST; cut += 1) {
    try {
      const value: unknown = JSON.parse(`"${raw.slice(0, raw.length - cut)}"`);
      return typeof value === 'string' ? value : raw;
    } catch {
      // A shorter cut still ends inside an escape.
    }
  }
  return raw;
}
