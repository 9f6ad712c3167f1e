import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandomNumbers } from '../sampling/random-numbers.ts';
import { makeUp, reading, tokenTable, vocabulary } from './grammar.fixture.ts';
import { grammarText } from './grammar-spec.ts';
import { schemaGrammar } from './schema-grammar.ts';
import { createConstraintFactory } from './token-constraint.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const grammarOf = (schema: unknown) => schemaGrammar(schema, { path: 'schema', isStrict: true });
const constraintOf = createConstraintFactory(tokenTable(vocabulary), [0]);

/** A schema and a value that it accepts. */
interface Example {
  readonly schema: object;
  readonly value: unknown;
}

const names = fc.stringMatching(/^[a-zé"\\ ]{1,5}$/);
const length = fc.record({
  minLength: fc.constantFrom(undefined, 0, 1),
  maxLength: fc.constantFrom(undefined, 6, 9),
});

const scalar: fc.Arbitrary<Example> = fc.oneof(
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme-ascii' }), length)
    .map(([value, limits]) => ({ value, schema: { type: 'string', ...limits } })),
  fc
    .tuple(fc.integer({ min: -5_000, max: 5_000 }), fc.nat(200), fc.nat(200))
    .map(([value, below, above]) => ({
      value,
      schema: { type: 'integer', minimum: value - below, exclusiveMaximum: value + above + 1 },
    })),
  fc.integer().map((value) => ({ value, schema: { type: 'integer' } })),
  fc
    .integer({ min: -500, max: 500 })
    .map((n) => ({ value: n / 8, schema: { type: 'number', minimum: n / 8 - 1, maximum: n / 8 + 0.5 } })),
  fc.boolean().map((value) => ({ value, schema: { type: 'boolean' } })),
  fc.constant({ value: null, schema: { type: ['null', 'string'] } }),
  fc.jsonValue({ maxDepth: 1 }).map((value) => ({ value, schema: { const: value } })),
  fc.tuple(names, names).map(([value, other]) => ({ value, schema: { enum: [other, value, 7] } })),
);

const { example } = fc.letrec<{ example: Example }>((tie) => ({
  example: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc
      .tuple(fc.dictionary(names, fc.tuple(tie('example'), fc.boolean()), { maxKeys: 4 }), fc.boolean())
      .map(([fields, isClosed]) => objectExample(fields, isClosed)),
    fc.tuple(tie('example'), fc.nat(3), fc.nat(2), fc.boolean()).map(([item, count, slack, isCapped]) => ({
      value: Array.from({ length: count }, () => item.value),
      schema: {
        type: 'array',
        items: item.schema,
        minItems: Math.max(0, count - slack),
        ...(isCapped ? { maxItems: count + slack } : {}),
      },
    })),
    fc.array(tie('example'), { minLength: 1, maxLength: 3 }).map((items) => ({
      value: items.map(({ value }) => value),
      schema: {
        type: 'array',
        prefixItems: items.map(({ schema }) => schema),
        items: false,
        minItems: items.length,
      },
    })),
    fc
      .tuple(tie('example'), tie('example'))
      .map(([one, other]) => ({ value: one.value, schema: { anyOf: [other.schema, one.schema] } })),
    tie('example').map(({ value, schema }) => ({
      value: [value],
      schema: { $defs: { 'a/b': schema }, type: 'array', items: { $ref: '#/$defs/a~1b' } },
    })),
  ),
}));

function objectExample(fields: Record<string, [Example, boolean]>, isClosed: boolean): Example {
  const entries = Object.entries(fields);
  const written = entries.filter(([, [, isRequired]], index) => isRequired || index % 2 === 0);
  return {
    value: Object.fromEntries(written.map(([name, [{ value }]]) => [name, value])),
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, [{ schema }]]) => [name, schema])),
      required: entries.filter(([, [, isRequired]]) => isRequired).map(([name]) => name),
      ...(isClosed || entries.length === 0 ? { additionalProperties: false } : {}),
    },
  };
}

/** References are to the root, so only whole examples are asked about. */
const rooted = example.filter(({ schema }) => !JSON.stringify(Object.values(schema)).includes('$defs'));

describe('grammar of a schema', () => {
  it('takes values that the schema accepts', () => {
    fc.assert(
      fc.property(rooted, ({ schema, value }) => {
        expect(ajv.validate(schema, value)).toBe(true);
        expect(reading(grammarOf(schema))(JSON.stringify(value))).toBe('end');
      }),
      { numRuns: 300 },
    );
  });

  it('leads every answer, however random, to a value that parses and that the schema accepts', () => {
    fc.assert(
      fc.property(rooted, fc.nat(), fc.nat(60), ({ schema }, seed, freeTokens) => {
        const constraint = constraintOf(grammarText({ kind: 'json_schema', schema, path: '' }));
        const text = makeUp(constraint, createRandomNumbers(seed), freeTokens);
        const value: unknown = JSON.parse(text ?? 'no text was reached');
        expect(ajv.validate(schema, value), `${text} ${ajv.errorsText()}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('follows references back to where they come from', () => {
    const tree = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string', maxLength: 3 },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
          required: ['name', 'children'],
          additionalProperties: false,
        },
      },
    };
    const read = reading(grammarOf(tree));
    expect(read('{"name":"a","children":[{"name":"b","children":[]}]}')).toBe('end');
    expect(read('{"name":"a","children":[{}]}')).toBe('no');
    const deep = `${'{"name":"a","children":['.repeat(300)}${']}'.repeat(300)}`;
    expect(read(deep)).toBe('end');
  });

  it.each([
    [{ type: 'object' }, '{"any":[1]}', '[]'],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, '{"a":1,"b":2}', '{"a":"x"}'],
    [{ type: 'object', required: ['id'] }, '{"id":{"any":1}}', '{}'],
    [{ properties: { a: { type: 'null' } } }, '{"a":null}', '{"b":null}'],
    [{ type: 'string', maxLength: 2 }, '"é😀"', '"abc"'],
    [{ type: 'string', maxLength: 2 }, '"\\u00e9\\n"', '"\\ud83d\\ude00"'],
    [{ type: 'string', minLength: 2 }, '"ab"', '"a"'],
    [{ type: ['integer', 'null'], minimum: 3 }, 'null', '2'],
    [{ allOf: [{ type: 'boolean' }] }, 'true', '1'],
    [{ enum: ['a', 1, { b: [] }], type: ['string', 'object'] }, '{"b":[]}', '1'],
    [true, '[1,{}]', 'x'],
  ])('%j takes %s and not %s', (schema, taken, refused) => {
    const read = reading(grammarOf(schema));
    expect([read(taken), read(refused) === 'end']).toEqual(['end', false]);
  });
});

describe('what cannot be kept to', () => {
  const problems = (schema: unknown, isStrict = true): string => {
    try {
      schemaGrammar(schema, { path: 'schema', isStrict });
      return '';
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'TG_SCHEMA_UNSUPPORTED'
        ? error.message
        : String(error);
    }
  };

  it('is refused with the path of each problem', () => {
    const schema = {
      type: 'object',
      properties: {
        email: { type: 'string', pattern: '@', format: 'email' },
        list: { type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'null' }] }, uniqueItems: true },
      },
      minProperties: 1,
    };
    const places = [
      'minProperties',
      'properties.email.pattern',
      'properties.email.format',
      'properties.list.uniqueItems',
      'properties.list.items.oneOf',
    ];
    for (const place of places) expect(problems(schema)).toContain(`schema.${place}: is not supported`);
  });

  it('is passed over where the caller did not ask for strictness', () => {
    const schema = {
      type: 'object',
      properties: { email: { type: 'string', format: 'email' } },
      minProperties: 1,
      oneOf: undefined,
    };
    expect(problems(schema, false)).toBe('');
    expect(problems({ allOf: [{ type: 'string' }, { minLength: 2 }] }, false)).toBe('');
  });

  it.each([
    ['text', /schema: is not a schema/],
    [false, /accepts nothing/],
    [{ type: 'text' }, /schema.type: "text" is not a type/],
    [{ $ref: '#/$defs/none' }, /schema.\$ref: #\/\$defs\/none is not found/],
    [{ $ref: 'https://example.com/s.json' }, /is not found in this schema/],
    [{ $ref: '#/$defs/a%zz' }, /not found/],
    [{ enum: [] }, /schema.enum: has no value/],
    [{ type: 'string', const: 5 }, /schema.const: has no value/],
    [{ type: 'integer', minimum: 5, maximum: 4 }, /no number is within/],
    [{ type: 'number', minimum: '5' }, /schema.minimum: is not a number/],
    [{ type: 'array', minItems: 3, maxItems: 2 }, /minItems is larger than maxItems/],
    [{ type: 'array', prefixItems: [true], items: false, minItems: 2 }, /schema.minItems: is larger/],
    [{ type: 'string', minLength: -1 }, /schema.minLength: is not a whole number/],
    [{ type: 'object', required: ['a'], additionalProperties: false }, /schema.required: a is not declared/],
    [{ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }, /endless/],
    [{ $ref: '#' }, /endless/],
    [{ anyOf: [{ type: 'string' }], type: 'object' }, /type beside anyOf/],
    [{ anyOf: [] }, /schema.anyOf/],
    [
      { type: 'object', properties: { a: { type: 'strin' }, b: 3 } },
      /properties.a.type.*properties.b: is not a schema/,
    ],
  ])('%j says so', (schema, words) => expect(problems(schema)).toMatch(words));

  it('is a schema without end or bottom', () => {
    let deep: object = { type: 'null' };
    for (let level = 0; level < 10_000; level++) deep = { type: 'array', items: deep };
    expect(problems(deep)).toMatch(/larger than/);
    const wide = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`p${index}`, { type: 'null' }]),
    );
    expect(problems({ type: 'object', properties: wide })).toMatch(/larger than/);
  });

  const texts = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  it('is more values than anybody enumerates, in one place or in many, with the limits named', () => {
    const limits = /10000 values and 262144 bytes/;
    expect(problems({ enum: texts('value ', 10_000) })).toBe('');
    expect(problems({ enum: texts('value ', 10_001) })).toMatch(limits);
    expect(problems({ const: 'x'.repeat(262_144) })).toMatch(limits);
    const spread = {
      type: 'array',
      prefixItems: [{ enum: texts('value ', 6_000) }, { enum: texts('value ', 6_000) }],
    };
    expect(problems(spread, false)).toMatch(/prefixItems.1.enum: .*10000 values/);
  });

  it('is told by its first ten problems and the number of the others', () => {
    const properties = Object.fromEntries(texts('p', 3_000).map((name) => [name, { format: 'x' }]));
    const message = problems({ type: 'object', properties });
    expect(message.match(/; /g)).toHaveLength(10);
    expect(message).toMatch(/p9.format: is not supported; and \d+ more$/);
    const required = texts('r', 3_000);
    expect(problems({ type: 'object', required, additionalProperties: false }).length).toBeLessThan(4_000);
  });
});
