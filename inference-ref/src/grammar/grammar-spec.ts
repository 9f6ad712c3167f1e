// What an answer must look like, as plain data that crosses to the engine; equal texts mean equal grammars.

import type { Term } from './grammar-term.ts';
import { anyJsonObject } from './json-value.ts';
import { schemaGrammar } from './schema-grammar.ts';
import { type ToolCallOptions, toolCallGrammar } from './tool-call-grammar.ts';

export type GrammarSpec =
  | { readonly kind: 'json_object' }
  | { readonly kind: 'json_schema'; readonly schema: unknown; readonly path: string }
  | ({ readonly kind: 'tool_calls' } & ToolCallOptions);

/** Throws where a schema cannot be kept to, so that a request is refused before it waits in line. */
export function grammarText(spec: GrammarSpec): string {
  buildGrammar(spec);
  return JSON.stringify(spec);
}

export function grammarOf(text: string): Term {
  // Only what grammarText wrote is read.
  return buildGrammar(JSON.parse(text) as GrammarSpec);
}

function buildGrammar(spec: GrammarSpec): Term {
  if (spec.kind === 'json_object') return anyJsonObject;
  if (spec.kind === 'json_schema') return schemaGrammar(spec.schema, { path: spec.path, isStrict: true });
  return toolCallGrammar(spec);
}
