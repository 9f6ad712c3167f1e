// The grammar of each type of a JSON Schema, with the words that speak of it.

import type { Term } from './grammar-term.ts';
import { isEmptyRange, jsonNumber, type NumberBounds } from './json-number.ts';
import type { Schema, TypeName } from './json-schema.ts';
import { jsonString } from './json-string.ts';
import {
  anyJsonObject,
  anyJsonValue,
  jsonArray,
  jsonDictionary,
  jsonLiterals,
  jsonObject,
} from './json-value.ts';

export interface SchemaCompiler {
  compile(schema: unknown, path: string): Term;
  problem(path: string, what: string): void;
  /** Values of a schema are finite if, for one of the ways to build one, those of all schemas in it are. */
  builtFrom(schema: Schema, ...ways: readonly (readonly unknown[])[]): void;
}

type TypeGrammar = (schema: Schema, path: string) => Term;

/** Longer lists and texts than this are asked for by mistake. */
const LARGEST_MINIMUM = 10_000;

export function createTypeGrammars(compiler: SchemaCompiler): Readonly<Record<TypeName, TypeGrammar>> {
  const limit = (schema: Schema, word: string, path: string): number | null => {
    const value = schema[word];
    if (value === undefined) return null;
    if (Number.isInteger(value) && (value as number) >= 0) return value as number;
    compiler.problem(`${path}.${word}`, 'is not a whole number from 0');
    return null;
  };
  const limits = (schema: Schema, path: string, kind: 'Items' | 'Length') => {
    const [min, max] = [limit(schema, `min${kind}`, path) ?? 0, limit(schema, `max${kind}`, path)];
    if (max !== null && min > max) compiler.problem(path, `min${kind} is larger than max${kind}`);
    if (min > LARGEST_MINIMUM) compiler.problem(`${path}.min${kind}`, `is larger than ${LARGEST_MINIMUM}`);
    return { min, max };
  };
  const scalar =
    (grammar: TypeGrammar): TypeGrammar =>
    (schema, path) => {
      compiler.builtFrom(schema, []);
      return grammar(schema, path);
    };
  const number =
    (isInteger: boolean): TypeGrammar =>
    (schema, path) => {
      const bound = (word: string): number | null => {
        const value = schema[word];
        if (value === undefined) return null;
        if (typeof value === 'number') return value;
        compiler.problem(`${path}.${word}`, 'is not a number');
        return null;
      };
      const bounds: NumberBounds = {
        ...{ isInteger, minimum: bound('minimum'), maximum: bound('maximum') },
        exclusiveMinimum: bound('exclusiveMinimum'),
        exclusiveMaximum: bound('exclusiveMaximum'),
      };
      if (isEmptyRange(bounds)) compiler.problem(path, 'no number is within the bounds');
      return jsonNumber(bounds);
    };

  return {
    object: (schema, path) => objectGrammar(compiler, schema, path),
    array: (schema, path) => arrayGrammar(compiler, schema, { path, ...limits(schema, path, 'Items') }),
    string: scalar((schema, path) => jsonString(limits(schema, path, 'Length'))),
    number: scalar(number(false)),
    integer: scalar(number(true)),
    boolean: scalar(() => jsonLiterals([true, false])),
    null: scalar(() => jsonLiterals([null])),
  };
}

/** Known fields stand in the schema's order. Others, which most schemas allow, are written only where none is known. */
function objectGrammar(compiler: SchemaCompiler, schema: Schema, path: string): Term {
  const others = schema['additionalProperties'];
  const declared = schema['properties'] ?? {};
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    compiler.problem(`${path}.properties`, 'is not an object');
    return anyJsonValue;
  }
  const required = schema['required'] ?? [];
  if (!Array.isArray(required) || required.some((name) => typeof name !== 'string')) {
    compiler.problem(`${path}.required`, 'is not a list of names');
    return anyJsonValue;
  }
  const unknown = required.filter((name: string) => !Object.hasOwn(declared, name));
  if (unknown.length > 0 && others === false)
    compiler.problem(`${path}.required`, `${unknown.join(', ')} is not declared`);
  const entries: readonly (readonly [string, unknown])[] = [
    ...Object.entries(declared),
    ...unknown.map((name: string) => [name, others ?? true] as const),
  ];
  compiler.builtFrom(
    schema,
    entries.filter(([name]) => required.includes(name)).map(([, each]) => each),
  );
  if (entries.length > 0) {
    return jsonObject(
      entries.map(([name, value]) => ({
        ...{ name, value: compiler.compile(value, `${path}.properties.${name}`) },
        isRequired: required.includes(name),
      })),
    );
  }
  if (others === false) return jsonObject([]);
  if (others === undefined || others === true) return anyJsonObject;
  return jsonDictionary(compiler.compile(others, `${path}.additionalProperties`));
}

interface ArrayLimits {
  readonly path: string;
  readonly min: number;
  readonly max: number | null;
}

function arrayGrammar(compiler: SchemaCompiler, schema: Schema, { path, min, max }: ArrayLimits): Term {
  // Up to draft 2019 a list of schemas under `items` meant what `prefixItems` means now.
  const isOldTuple = Array.isArray(schema['items']);
  const places = (isOldTuple ? schema['items'] : schema['prefixItems']) ?? [];
  const others = isOldTuple ? true : (schema['items'] ?? true);
  if (!Array.isArray(places)) {
    compiler.problem(`${path}.prefixItems`, 'is not a list');
    return anyJsonValue;
  }
  if (others === false && min > places.length)
    compiler.problem(`${path}.minItems`, 'is larger than what may stand in it');
  const word = isOldTuple ? 'items' : 'prefixItems';
  compiler.builtFrom(schema, [...places.slice(0, min), ...(min > places.length ? [others] : [])]);
  return jsonArray({
    first: places.map((place, index) => compiler.compile(place, `${path}.${word}.${index}`)),
    others: others === false ? null : compiler.compile(others, `${path}.items`),
    ...{ min, max },
  });
}
