// `response_format`: what the answer's text must look like.

import { z } from 'zod';
import { type GrammarSpec, grammarText } from '../grammar/grammar-spec.ts';
import { asTollgateError, errRequestInvalid, errUnsupported, withParam } from './openai-error.ts';

export const responseFormatField = z
  .union([
    z.object({ type: z.literal(['text', 'json_object']) }),
    z.object({
      type: z.literal('json_schema'),
      json_schema: z.looseObject({ name: z.string().optional(), schema: z.unknown().optional() }),
    }),
    z.looseObject({ type: z.string() }),
  ])
  .nullish();

type ResponseFormat = z.infer<typeof responseFormatField>;

/** Null where any text will do. */
export function formatGrammar(format: ResponseFormat): string | null {
  const spec = specOf(format);
  return spec === null ? null : checkedGrammar(spec, 'response_format');
}

function specOf(format: ResponseFormat): GrammarSpec | null {
  if (format === null || format === undefined || format.type === 'text') return null;
  if (format.type === 'json_object') return { kind: 'json_object' };
  const given = format.type === 'json_schema' && 'json_schema' in format ? format.json_schema : undefined;
  if (typeof given === 'object' && given !== null) {
    const { schema } = given as { schema?: unknown };
    if (schema === undefined) return { kind: 'json_object' };
    return { kind: 'json_schema', schema, path: 'response_format.json_schema.schema' };
  }
  if (format.type === 'json_schema') {
    const hint = "send {'type': 'json_schema', 'json_schema': {'name': …, 'schema': …}}";
    const param = 'response_format.json_schema';
    throw withParam(
      errRequestInvalid(`${param} is missing or no object with a name and a schema`, { hint }),
      param,
    );
  }
  const hint = 'text, json_object and json_schema are';
  throw withParam(
    errUnsupported(`response_format ${format.type} is not supported`, { hint }),
    'response_format',
  );
}

export function checkedGrammar(spec: GrammarSpec, param: string): string {
  try {
    return grammarText(spec);
  } catch (error) {
    throw withParam(asTollgateError(error), param);
  }
}
