import { expect, it } from 'vitest';
import type { GrammarMachine, GrammarState } from './grammar-machine.ts';
import { grammarText } from './grammar-spec.ts';
import type { Term } from './grammar-term.ts';
import { createRememberedGrammars } from './remembered-grammars.ts';

const textOf = (value: string) => grammarText({ kind: 'json_schema', schema: { const: value }, path: '' });
const read = ({ start }: GrammarMachine, text: string) => {
  let state: GrammarState | null = start;
  for (const byte of Buffer.from(text)) state = state?.step(byte) ?? null;
};
function bench(limits: { maxGrammars?: number; maxBytes?: number; maxStates?: number }) {
  const forgotten: Term[] = [];
  const onForgotten = (grammar: Term) => void forgotten.push(grammar);
  const ample = { maxGrammars: 64, maxBytes: 1e9, maxStates: 1e6 };
  return { forgotten, machineOf: createRememberedGrammars({ ...ample, ...limits, onForgotten }) };
}

it('gives equal grammars one machine, and forgets the one not used for longest', () => {
  const { machineOf, forgotten } = bench({ maxGrammars: 2 });
  const [a, b] = [machineOf(textOf('a')), machineOf(textOf('b'))];
  expect(machineOf(textOf('a'))).toBe(a);
  machineOf(textOf('c'));
  expect(forgotten).toEqual([b.start.grammar]);
  expect([machineOf(textOf('a')) === a, machineOf(textOf('b')) === b]).toEqual([true, false]);
});

it('forgets by what machines have grown to, however few there are, but never the one in use', () => {
  const { machineOf, forgotten } = bench({ maxBytes: 100_000 });
  const long = 'x'.repeat(100);
  const grown = machineOf(textOf(long));
  read(grown, JSON.stringify(long));
  expect(machineOf(textOf(long))).toBe(grown);
  machineOf(textOf('a'));
  expect(forgotten).toEqual([grown.start.grammar]);
  expect(machineOf(textOf(long))).not.toBe(grown);
});

it('replaces a machine that has met too many states', () => {
  const { machineOf, forgotten } = bench({ maxStates: 3 });
  const machine = machineOf(textOf('abc'));
  read(machine, '"abc"');
  expect(machineOf(textOf('abc'))).not.toBe(machine);
  expect(forgotten).toEqual([machine.start.grammar]);
});
