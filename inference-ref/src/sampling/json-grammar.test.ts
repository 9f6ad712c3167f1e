import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonConstraintFactory } from './json-constraint.ts';
import { type JsonState, jsonStart, nextJsonState } from './json-grammar.ts';

function walk(text: string): JsonState | null {
  let state: JsonState | null = jsonStart;
  for (const byte of new TextEncoder().encode(text)) {
    if (state === null) return null;
    state = nextJsonState(state, byte);
  }
  return state;
}

describe('JSON machine', () => {
  it('takes every object that JSON.stringify writes', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(fc.property(object, (value) => walk(JSON.stringify(value)) === 'done'));
  });

  it('takes nothing that JSON.parse refuses: whatever it ends on parses', () => {
    const alphabet = fc.constantFrom(...'{}[]:,"\\ \n-+.0123eEtrufalsn', 'x', 'é');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 14 }), (characters) => {
        const text = `{${characters.join('')}`;
        if (walk(text) === 'done') JSON.parse(text);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
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
  ])('refuses %s', (text) => expect(walk(text)).toBeNull());

  it.each([
    '{"a":1e+5,"b":-0.25,"c":[true,false,null,{}],"d":"\\u00e9\\n"}',
    '{ "a" : [ 1 , 2 ] }',
    '{\n"a": "x"\n}',
  ])('takes %s', (text) => expect(walk(text)).toBe('done'));
});

describe('constraint', () => {
  const tokens = ['', '{', '}', '"a"', ':', '1', '{"a":', 'x', '"}', ' '];
  const encoded = tokens.map((token) => new TextEncoder().encode(token));
  const offsets = new Uint32Array(tokens.length + 1);
  encoded.forEach((token, id) => {
    offsets[id + 1] = (offsets[id] ?? 0) + token.length;
  });
  const table = { bytes: Uint8Array.from(encoded.flatMap((token) => [...token])), offsets, longestBytes: 8 };
  const allowed = (mask: Uint8Array) => tokens.filter((_, id) => mask[id] === 1);

  it('allows whole tokens that go on, across several rules at once', () => {
    const constraint = createJsonConstraintFactory(table, [0])();
    expect(allowed(constraint.allowedTokens())).toEqual(['{', '{"a":']);
    constraint.accept(6);
    expect(allowed(constraint.allowedTokens())).toEqual(['{', '"a"', '1', '{"a":', '"}', ' ']);
    constraint.accept(5);
    expect(allowed(constraint.allowedTokens())).toEqual(['}', '1', ' ']);
    expect(constraint.isComplete()).toBe(false);
    constraint.accept(2);
    expect(constraint.isComplete()).toBe(true);
  });
});
