// Turns a JSON Schema into a grammar whose every text is a value that the schema accepts. What it cannot keep to is
// refused, all problems at once, each with its path; or, where the caller did not ask for `strict`, left to the caller.

import { defineError } from '@tollgate/service-kit/tollgate-error';
import { choice, type Lazy, lazy, type Term } from './grammar-term.ts';
import {
  isOfType,
  isSchema,
  KEPT,
  NOT_KEPT,
  resolvePointer,
  type Schema,
  TYPES,
  type TypeName,
  WORDS_OF_TYPE,
} from './json-schema.ts';
import { anyJsonValue } from './json-value.ts';
import { problemList } from './problem-list.ts';
import { createSchemaLiterals, LITERAL_LIMITS, type SchemaLiterals } from './schema-literals.ts';
import { createTypeGrammars, type SchemaCompiler } from './schema-types.ts';

export const errSchemaUnsupported = defineError('TG_SCHEMA_UNSUPPORTED', 400);

export interface SchemaGrammarOptions {
  /** Of the schema within the request. */
  readonly path: string;
  /** Refuse what cannot be kept to. */
  readonly isStrict: boolean;
  /** Of several schemas that share their limits. */
  readonly literals?: SchemaLiterals;
}

const MAX_SCHEMAS = 2_000;
const MAX_DEPTH = 100;

export function schemaGrammar(root: unknown, options: SchemaGrammarOptions): Term {
  const { path: rootPath, isStrict, literals: literalsOf = createSchemaLiterals() } = options;
  const problems: string[] = [];
  const compiled = new Map<Schema, Lazy>();
  const ways = new Map<Schema, (readonly unknown[])[]>();
  let depth = 0;

  const compiler: SchemaCompiler = {
    problem: (path, what) => void problems.push(`${path}: ${what}`),
    builtFrom: (schema, ...more) => void ways.set(schema, [...(ways.get(schema) ?? []), ...more]),
    compile(schema, path) {
      if (schema === true) return anyJsonValue;
      if (!isSchema(schema)) {
        compiler.problem(path, schema === false ? 'accepts nothing' : 'is not a schema');
        return anyJsonValue;
      }
      const known = compiled.get(schema);
      if (known !== undefined) return known;
      if (compiled.size >= MAX_SCHEMAS || depth >= MAX_DEPTH) {
        compiler.problem(path, `the schema is larger than ${MAX_SCHEMAS} schemas or ${MAX_DEPTH} levels`);
        return anyJsonValue;
      }
      let term: Term = anyJsonValue;
      const place = lazy(() => term);
      compiled.set(schema, place);
      depth += 1;
      term = build(schema, path);
      depth -= 1;
      return place;
    },
  };
  const types = createTypeGrammars(compiler);

  const build = (schema: Schema, path: string): Term => {
    for (const word of isStrict ? NOT_KEPT : []) {
      if (schema[word] !== undefined && schema[word] !== false)
        compiler.problem(`${path}.${word}`, 'is not supported');
    }
    if (schema['$ref'] !== undefined) return reference(schema, path);
    if ('const' in schema) return literals(schema, [schema['const']], path);
    if (schema['enum'] !== undefined) return literals(schema, schema['enum'], path);
    const combined = combination(schema, path);
    if (combined !== null) return combined;
    const named = typesOf(schema, path, compiler);
    if (named === null) {
      compiler.builtFrom(schema, []);
      return anyJsonValue;
    }
    return choice(named.map((type) => types[type](schema, path)));
  };

  /** In strict mode no other word of weight may stand beside this one. */
  const alone = (schema: Schema, path: string, word: string, beside: readonly string[] = []) => {
    const others = KEPT.filter(
      (each) => each !== word && !beside.includes(each) && schema[each] !== undefined,
    );
    if (isStrict && others.length > 0)
      compiler.problem(path, `${others.join(', ')} beside ${word} is not supported`);
  };

  const reference = (schema: Schema, path: string): Term => {
    alone(schema, path, '$ref');
    const target = schema['$ref'];
    const found = typeof target === 'string' ? resolvePointer(root, target) : undefined;
    if (found === undefined) {
      compiler.problem(`${path}.$ref`, `${String(target)} is not found in this schema`);
      return anyJsonValue;
    }
    compiler.builtFrom(schema, [found]);
    return compiler.compile(found, rootPath + String(target).slice(1).replaceAll('/', '.'));
  };

  const literals = (schema: Schema, values: unknown, path: string): Term => {
    const word = 'const' in schema ? 'const' : 'enum';
    alone(schema, path, word, ['type']);
    const named = typesOf({ type: schema['type'] }, path, compiler);
    const fitting = (Array.isArray(values) ? values : []).filter(
      (value) => named === null || named.some((type) => isOfType(value, type)),
    );
    if (fitting.length === 0) {
      compiler.problem(`${path}.${word}`, 'has no value');
      return anyJsonValue;
    }
    compiler.builtFrom(schema, []);
    const grammar = literalsOf(fitting);
    if (grammar === null) compiler.problem(`${path}.${word}`, LITERAL_LIMITS);
    return grammar ?? anyJsonValue;
  };

  const combination = (schema: Schema, path: string): Term | null => {
    const word = (['anyOf', 'oneOf', 'allOf'] as const).find((each) => schema[each] !== undefined);
    if (word === undefined) return null;
    const branches: readonly unknown[] = Array.isArray(schema[word]) ? schema[word] : [];
    const isSupported = branches.length > 0 && (word === 'anyOf' || branches.length === 1);
    if (!isSupported) {
      if (isStrict || branches.length === 0) {
        compiler.problem(`${path}.${word}`, `is not supported${word === 'oneOf' ? ': use anyOf' : ''}`);
        return anyJsonValue;
      }
      if (word === 'allOf') {
        compiler.builtFrom(schema, []);
        return anyJsonValue;
      }
    }
    alone(schema, path, word);
    compiler.builtFrom(schema, ...branches.map((branch) => [branch]));
    return choice(branches.map((branch, index) => compiler.compile(branch, `${path}.${word}.${index}`)));
  };

  const grammar = compiler.compile(root, rootPath);
  if (problems.length === 0 && !hasFiniteValue(root, ways))
    compiler.problem(rootPath, 'every value of it would be endless');
  if (problems.length > 0) throw errSchemaUnsupported(problemList(problems));
  return grammar;
}

/** Null where any type will do. */
function typesOf(schema: Schema, path: string, compiler: SchemaCompiler): readonly TypeName[] | null {
  const given = schema['type'];
  if (given === undefined) {
    const named = Object.entries(WORDS_OF_TYPE).filter(([, words]) =>
      words.some((word) => schema[word] !== undefined),
    );
    return named.length === 0 ? null : named.map(([type]) => type as TypeName);
  }
  const names: readonly unknown[] = Array.isArray(given) ? given : [given];
  const known = names.filter((name): name is TypeName => TYPES.includes(name as TypeName));
  if (known.length === names.length && known.length > 0) return known;
  compiler.problem(`${path}.type`, `${JSON.stringify(given)} is not a type`);
  return null;
}

/** The least fixed point: what is found to be finite may show others to be. */
function hasFiniteValue(root: unknown, ways: ReadonlyMap<Schema, readonly (readonly unknown[])[]>): boolean {
  const finite = new Set<unknown>();
  const isKnown = (schema: unknown) => !isSchema(schema) || finite.has(schema);
  for (let before = -1; before < finite.size; ) {
    before = finite.size;
    for (const [schema, each] of ways) if (each.some((parts) => parts.every(isKnown))) finite.add(schema);
  }
  return isKnown(root);
}
