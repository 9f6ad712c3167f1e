// Runs a grammar over bytes: a state is the set of places where a text can stand, each a terminal and what must follow it.
// Equal states are one object and remember where each byte led, so what was met before costs one look-up a byte.

import type { Term, Terminal } from './grammar-term.ts';

export interface GrammarState {
  /** The text is complete here. */
  readonly mayEnd: boolean;
  /** It can also go on. */
  readonly mayGoOn: boolean;
  /** Whose state it is. */
  readonly grammar: Term;
  /** Null where no text of the grammar goes on so. */
  step(byte: number): GrammarState | null;
}

export interface GrammarMachine {
  readonly start: GrammarState;
  /** States met so far: they are kept as long as the machine is. */
  readonly size: number;
}

/** What must follow, innermost first. */
interface Stack {
  readonly term: Term;
  readonly rest: Stack | null;
  readonly depth: number;
  readonly id: number;
}

interface Thread {
  readonly terminal: Terminal;
  readonly rest: Stack | null;
  readonly id: number;
}

export function createGrammarMachine(root: Term): GrammarMachine {
  const intern = createInterner();
  const states = new Map<string, GrammarState>();

  const stateOf = (threads: ReadonlyMap<number, Thread>, mayEnd: boolean): GrammarState | null => {
    if (threads.size === 0 && !mayEnd) return null;
    const key = `${mayEnd ? '.' : ''}${[...threads.keys()].sort((a, b) => a - b).join()}`;
    const met = states.get(key);
    if (met !== undefined) return met;
    const list = [...threads.values()];
    const next: (GrammarState | null)[] = [];
    const state: GrammarState = {
      mayEnd,
      grammar: root,
      mayGoOn: list.length > 0,
      step(byte) {
        const known = next[byte];
        if (known !== undefined) return known;
        const reached = expansion();
        for (const { terminal, rest } of list) {
          const left = terminal.step(byte);
          if (left === 'done') reached.follow(rest);
          else if (left !== null) reached.expand(left, rest);
        }
        const to = stateOf(reached.threads, reached.mayEnd);
        next[byte] = to;
        return to;
      },
    };
    states.set(key, state);
    return state;
  };

  /** Opens terms until terminals stand in front. */
  const expansion = () => {
    const threads = new Map<number, Thread>();
    const seen = new Set<string>();
    const result = {
      threads,
      mayEnd: false,
      follow(rest: Stack | null): void {
        if (rest === null) result.mayEnd = true;
        else result.expand(rest.term, rest.rest);
      },
      expand(term: Term, rest: Stack | null): void {
        const key = intern.key(term, rest);
        if (seen.has(key)) return;
        seen.add(key);
        if (term.kind === 'terminal') {
          const thread = intern.thread(term, rest);
          threads.set(thread.id, thread);
          if (term.mayStop) result.follow(rest);
        } else if (term.kind === 'choice') {
          for (const each of term.terms) result.expand(each, rest);
        } else if (term.kind === 'lazy') {
          if ((rest?.depth ?? 0) < term.maxDepth) result.expand(term.get(), rest);
        } else {
          result.expand(term.first, intern.push(term.rest, rest));
        }
      },
    };
    return result;
  };

  const opening = expansion();
  opening.expand(root, null);
  // A grammar without any text has a start that leads nowhere.
  const start = stateOf(opening.threads, opening.mayEnd) ?? {
    mayEnd: false,
    mayGoOn: false,
    grammar: root,
    step: () => null,
  };
  return {
    start,
    get size() {
      return states.size;
    },
  };
}

/** Gives equal stacks and threads one object and one number. */
function createInterner() {
  const termIds = new Map<Term, number>();
  const stacks = new Map<string, Stack>();
  const threads = new Map<string, Thread>();
  const idOf = (term: Term): number => {
    const id = termIds.get(term) ?? termIds.size;
    termIds.set(term, id);
    return id;
  };
  const key = (term: Term, rest: Stack | null) => `${idOf(term)}/${rest?.id ?? ''}`;
  return {
    key,
    push(term: Term, rest: Stack | null): Stack {
      const name = key(term, rest);
      const met = stacks.get(name);
      if (met !== undefined) return met;
      const fresh: Stack = { term, rest, depth: (rest?.depth ?? 0) + 1, id: stacks.size };
      stacks.set(name, fresh);
      return fresh;
    },
    thread(terminal: Terminal, rest: Stack | null): Thread {
      const name = key(terminal, rest);
      const met = threads.get(name);
      if (met !== undefined) return met;
      const fresh: Thread = { terminal, rest, id: threads.size };
      threads.set(name, fresh);
      return fresh;
    },
  };
}
