// JSON Schema as far as the grammar knows it: which words say what a value must be. All others (titles, defaults, examples,
// words of other tools) say nothing about it and are passed over.

export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Words that the grammar keeps to. */
export const KEPT = [
  ...['type', 'enum', 'const', '$ref', 'anyOf', 'allOf', 'oneOf'],
  ...['properties', 'required', 'additionalProperties'],
  ...['items', 'prefixItems', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
] as const;

/** Words that it cannot keep to. */
export const NOT_KEPT = [
  ...['pattern', 'format', 'multipleOf', 'contentEncoding', 'contentMediaType', 'contentSchema'],
  ...['minProperties', 'maxProperties', 'patternProperties', 'propertyNames', 'unevaluatedProperties'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies'],
  ...['contains', 'minContains', 'maxContains', 'uniqueItems', 'unevaluatedItems', 'additionalItems'],
  ...['not', 'if', 'then', 'else', '$dynamicRef', '$recursiveRef'],
] as const;

export const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
export type TypeName = (typeof TYPES)[number];

/** Words that speak of values of one type alone. */
export const WORDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
};

export function isOfType(value: unknown, type: TypeName): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isSchema(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

/** What `#/a/b` points to in a document; undefined where it leads nowhere. */
export function resolvePointer(root: unknown, pointer: string): unknown {
  if (pointer === '#') return root;
  if (!pointer.startsWith('#/')) return undefined;
  let value = root;
  for (const step of pointer.slice(2).split('/')) {
    const name = decodeStep(step);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function decodeStep(step: string): string {
  const name = step.replace(/(?:%[0-9a-f]{2})+/gi, (escaped) =>
    Buffer.from(escaped.replaceAll('%', ''), 'hex').toString(),
  );
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
