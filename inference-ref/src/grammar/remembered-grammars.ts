// The machines of the grammars used last, shared between answers: bounded by their number and by what they take in memory.

import { createGrammarMachine, type GrammarMachine } from './grammar-machine.ts';
import { grammarOf } from './grammar-spec.ts';
import type { Term } from './grammar-term.ts';

export interface RememberedGrammarsOptions {
  readonly maxGrammars: number;
  /** Of all of them together, about. */
  readonly maxBytes: number;
  /** A machine with more states than this is replaced for the answers that begin from then on. */
  readonly maxStates: number;
  readonly onForgotten: (grammar: Term) => void;
}

/** What a state and what it remembers of its bytes take, about; and a character of a grammar's text, as terms. */
const STATE_BYTES = 2_000;
const CHARACTER_BYTES = 20;

export function createRememberedGrammars(
  options: RememberedGrammarsOptions,
): (grammarText: string) => GrammarMachine {
  const { maxGrammars, maxBytes, maxStates, onForgotten } = options;
  /** The latest used stand last. */
  const machines = new Map<string, GrammarMachine>();
  const forget = (text: string, { start }: GrammarMachine) => {
    machines.delete(text);
    onForgotten(start.grammar);
  };
  return (text) => {
    const known = machines.get(text);
    if (known !== undefined && known.size > maxStates) forget(text, known);
    const machine = machines.get(text) ?? createGrammarMachine(grammarOf(text));
    machines.delete(text);
    machines.set(text, machine);
    // Machines grow while they are used, so all are weighed anew.
    const weights = [...machines].map(
      ([each, { size }]) => size * STATE_BYTES + each.length * CHARACTER_BYTES,
    );
    let bytes = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, [each, oldest]] of [...machines].slice(0, -1).entries()) {
      if (machines.size <= maxGrammars && bytes <= maxBytes) break;
      forget(each, oldest);
      bytes -= weights[index] ?? 0;
    }
    return machine;
  };
}
