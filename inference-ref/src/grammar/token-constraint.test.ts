import { describe, expect, it } from 'vitest';
import { tokenTable } from './grammar.fixture.ts';
import { grammarText } from './grammar-spec.ts';
import { createConstraintFactory } from './token-constraint.ts';

const tokens = ['', '{', '}', '"a"', ':', '1', '{"a":', 'x', '"}', ' ', '"', '12'];
const factory = createConstraintFactory(tokenTable(tokens), [0]);
const allowed = (mask: Uint8Array) => tokens.filter((_, id) => mask[id] === 1);
const idOf = (token: string) => tokens.indexOf(token);

describe('constraint', () => {
  it('allows whole tokens that go on, across several rules at once', () => {
    const constraint = factory(grammarText({ kind: 'json_object' }));
    expect(allowed(constraint.allowedTokens())).toEqual(['{', '{"a":']);
    constraint.accept(idOf('{"a":'));
    expect(allowed(constraint.allowedTokens())).toEqual(['{', '"a"', '1', '{"a":', '"}', ' ', '"', '12']);
    constraint.accept(idOf('1'));
    expect(allowed(constraint.allowedTokens())).toEqual(['}', '1', ' ', '12']);
    expect(constraint.isComplete()).toBe(false);
    constraint.accept(idOf('}'));
    expect(constraint.isComplete()).toBe(true);
  });

  it('allows the end token where the text may end and may go on as well', () => {
    const constraint = factory(
      grammarText({ kind: 'json_schema', schema: { type: 'integer', maximum: 12 }, path: '' }),
    );
    expect(allowed(constraint.allowedTokens())).toEqual(['1', '12']);
    constraint.accept(idOf('1'));
    expect([constraint.isComplete(), constraint.allowedTokens()[0]]).toEqual([false, 1]);
    const other = factory(grammarText({ kind: 'json_schema', schema: { const: 12 }, path: '' }));
    other.accept(idOf('12'));
    expect(other.isComplete()).toBe(true);
  });

  it('ends where no token can go on', () => {
    const constraint = factory(grammarText({ kind: 'json_schema', schema: { const: 7 }, path: '' }));
    expect(allowed(constraint.allowedTokens())).toEqual([]);
    constraint.accept(idOf('x'));
    expect(constraint.isComplete()).toBe(true);
  });

  it('shares the masks of equal grammars', () => {
    const text = grammarText({ kind: 'json_object' });
    expect(factory(text).allowedTokens()).toBe(factory(text).allowedTokens());
  });

  it('forgets the masks of a grammar that is no longer remembered', () => {
    const text = grammarText({ kind: 'json_schema', schema: { const: 'first' }, path: '' });
    const constraint = factory(text);
    const mask = constraint.allowedTokens();
    expect(constraint.allowedTokens()).toBe(mask);
    for (let count = 0; count < 64; count++)
      factory(grammarText({ kind: 'json_schema', schema: { const: count }, path: '' }));
    // An answer under way goes on as before.
    const again = constraint.allowedTokens();
    expect(again).toEqual(mask);
    expect(again).not.toBe(mask);
  });
});
