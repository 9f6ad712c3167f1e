import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reading } from './grammar.fixture.ts';
import { createGrammarMachine } from './grammar-machine.ts';
import { sequence } from './grammar-term.ts';
import { oneOfTexts } from './literal-set.ts';

describe('one of many texts', () => {
  it('takes each of them, every beginning of one, and nothing else', () => {
    const text = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', 'é', '😀') });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), text, (texts, other) => {
        const read = reading(oneOfTexts(texts));
        for (const each of texts) expect(read(each)).toBe('end');
        const expected = texts.includes(other)
          ? 'end'
          : texts.some((each) => each.startsWith(other))
            ? 'open'
            : 'no';
        expect(read(other)).toBe(expected);
      }),
    );
  });

  it('goes on to what follows after a text that is the beginning of another', () => {
    const read = reading(sequence(oneOfTexts(['1', '12']), oneOfTexts(['2', '}'])));
    expect(['1}', '12', '122', '12}', '13'].map(read)).toEqual(['end', 'end', 'end', 'end', 'no']);
  });

  it('is one place to stand at, however many there are', () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => `"value ${index}"`);
    const terminal = oneOfTexts(texts);
    let steps = 0;
    const counted = (of: typeof terminal): typeof terminal => ({
      ...of,
      step(byte) {
        steps += 1;
        const left = of.step(byte);
        return typeof left === 'object' && left !== null ? counted(left) : left;
      },
    });
    let state = createGrammarMachine(counted(terminal)).start;
    for (const byte of Buffer.from('"value 4321"')) state = state.step(byte) ?? state;
    expect([steps, state.mayEnd, state.mayGoOn]).toEqual([12, true, false]);
  });
});
