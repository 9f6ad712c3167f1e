import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reading } from './grammar.fixture.ts';
import { anyJsonObject, anyJsonValue } from './json-value.ts';

const object = reading(anyJsonObject);
const value = reading(anyJsonValue);

describe('any JSON object', () => {
  it('takes what JSON.stringify writes', () => {
    const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(fc.property(objects, (each) => object(JSON.stringify(each)) === 'end'));
  });

  it('takes nothing that JSON.parse refuses: whatever it ends on parses', () => {
    const alphabet = fc.constantFrom(...'{}[]:,"\\ \n-+.0123eEtrufalsn', 'x', 'é');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 14 }), (characters) => {
        const text = `{${characters.join('')}`;
        if (object(text) === 'end') JSON.parse(text);
      }),
      { numRuns: 5_000 },
    );
  });

  const refused = [
    '[',
    '"a"',
    '{a',
    '{"a" 1',
    '{"a":01',
    '{"a":1,}',
    '{"a":[1,]',
    '{"a":+1',
    '{"a":1.}',
    '{"a":tru}',
    '{}x',
    '{  ',
  ];
  it.each(refused)('refuses %s', (text) => expect(object(text)).toBe('no'));

  it.each([
    '{"a":1e+5,"b":-0.25,"c":[true,false,null,{}],"d":"\\u00e9\\n\\ud83d"}',
    '{ "a" : [ 1 , 2 ] }',
    '{\n"a": "x"\n}',
  ])('takes %s', (text) => expect(object(text)).toBe('end'));

  it('nests no deeper than a model needs to', () => {
    expect(value(`${'['.repeat(60)}1${']'.repeat(60)}`)).toBe('end');
    expect(value('['.repeat(1000))).toBe('no');
    // Wherever it stops opening brackets, it can still be closed.
    const deepest =
      Array.from({ length: 200 }, (_, depth) => depth).findLast(
        (depth) => value('['.repeat(depth)) === 'open',
      ) ?? 0;
    expect(value('['.repeat(deepest) + ']'.repeat(deepest))).toBe('end');
  });
});

describe('any JSON value', () => {
  it('takes every double that JSON.stringify writes, and no endless digits', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (number) => value(JSON.stringify(number)) === 'end',
      ),
    );
    expect(value('1'.repeat(40))).toBe('no');
  });
});
