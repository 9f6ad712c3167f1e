// Answers that call tools: calls alone, or text in which a call may begin. A call names a known tool and its arguments
// keep to that tool's schema.

import { choice, lazy, literal, sequence, type Term, terminal } from './grammar-term.ts';
import { isSchema } from './json-schema.ts';
import { anyJsonObject } from './json-value.ts';
import { schemaGrammar } from './schema-grammar.ts';
import { createSchemaLiterals, type SchemaLiterals } from './schema-literals.ts';
import { callFrame, type ToolCallFormat } from './tool-call-format.ts';

export interface ToolSpec {
  readonly name: string;
  /** JSON Schema of the arguments, an object; null takes none. */
  readonly schema: unknown;
  readonly isStrict: boolean;
  /** Of the schema within the request. */
  readonly path: string;
}

export interface ToolCallOptions {
  readonly format: ToolCallFormat;
  readonly tools: readonly ToolSpec[];
  /** The answer is a call; otherwise the model chooses. */
  readonly isRequired: boolean;
  /** Several calls may follow each other. */
  readonly isParallel: boolean;
}

export function toolCallGrammar({ format, tools, isRequired, isParallel }: ToolCallOptions): Term {
  const { before, between, after } = callFrame(format);
  const literals = createSchemaLiterals();
  const call = choice(
    tools.map((tool) =>
      sequence(
        literal(`${format.open}${before}${tool.name}${between}`),
        argumentsGrammar(tool, literals),
        literal(after + format.close),
      ),
    ),
  );
  if (format.marker === '') return isRequired ? call : choice([textWithoutCall, call]);
  const further: Term = lazy(() => sequence(call, literal(`\n${format.marker}`), calls));
  const calls: Term = isParallel ? choice([call, further]) : call;
  if (isRequired) return sequence(literal(format.marker), calls);
  return choice([textWithout(format.marker), sequence(textUntil(format.marker), calls)]);
}

function argumentsGrammar({ schema, isStrict, path }: ToolSpec, literals: SchemaLiterals): Term {
  if (schema === null) return literal('{}');
  // Arguments are an object, also where the schema does not say so.
  const isOpen = isSchema(schema) && Object.keys(schema).length === 0;
  return isOpen ? anyJsonObject : schemaGrammar(schema, { path, isStrict, literals });
}

/** Text that no bare call begins: its first character, blanks aside, is no brace. */
const textWithoutCall: Term = terminal<string>({
  start: 'blank',
  step(state, byte) {
    if (state === 'text') return 'text';
    if (byte === 0x7b) return null;
    return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 ? 'blank' : 'text';
  },
  mayStop: () => true,
});

function textWithout(marker: string): Term {
  const next = markerSearch(marker);
  return terminal<number>({
    start: 0,
    step(matched, byte) {
      const now = next(matched, byte);
      return now === marker.length ? null : now;
    },
    mayStop: () => true,
  });
}

function textUntil(marker: string): Term {
  const next = markerSearch(marker);
  return terminal<number>({
    start: 0,
    step(matched, byte) {
      const now = next(matched, byte);
      return now === marker.length ? 'done' : now;
    },
  });
}

/** How many of the marker's characters the text ends with. */
function markerSearch(marker: string): (matched: number, byte: number) => number {
  return (matched, byte) => {
    const seen = marker.slice(0, matched) + String.fromCharCode(byte);
    let length = Math.min(seen.length, marker.length);
    while (!seen.endsWith(marker.slice(0, length))) length -= 1;
    return length;
  };
}
