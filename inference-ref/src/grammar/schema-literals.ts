// How many values a schema may list: a model chooses among thousands as easily as among three, but what is listed is kept
// in memory for as long as the grammar is remembered.

import type { Term } from './grammar-term.ts';
import { jsonLiterals } from './json-value.ts';

/** Of all `enum` and `const` of a schema, or of all tools, together; OpenAI takes a tenth of the values. */
const MAX_LITERALS = 10_000;
const MAX_LITERAL_BYTES = 256 * 1024;

export const LITERAL_LIMITS = `all enum and const together may have ${MAX_LITERALS} values and ${MAX_LITERAL_BYTES} bytes`;

/** The grammar of these values, null once there are too many. */
export type SchemaLiterals = (values: readonly unknown[]) => Term | null;

export function createSchemaLiterals(): SchemaLiterals {
  const left = { values: MAX_LITERALS, bytes: MAX_LITERAL_BYTES };
  return (values) => {
    left.values -= values.length;
    // Not even written out where their number alone is too large.
    if (left.values < 0) return null;
    left.bytes -= values.reduce<number>((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);
    return left.bytes < 0 ? null : jsonLiterals(values);
  };
}
