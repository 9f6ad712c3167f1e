// What a grammar is made of: terminals that read bytes, and sequences and choices of terms. Terms are compared by identity,
// so each is built once; a lazy term is how a grammar refers to itself.

export type Term = Terminal | Sequence | Choice | Lazy;

export interface Terminal {
  readonly kind: 'terminal';
  /** What is left of it after one byte more; null where the byte does not fit. */
  step(byte: number): Terminal | 'done' | null;
  /** It may also end here. */
  readonly mayStop: boolean;
}

export interface Sequence {
  readonly kind: 'sequence';
  readonly first: Term;
  readonly rest: Term;
}

export interface Choice {
  readonly kind: 'choice';
  readonly terms: readonly Term[];
}

export interface Lazy {
  readonly kind: 'lazy';
  /** Not opened where so many terms or more must still follow. Only for one of several choices, never for what has to come. */
  readonly maxDepth: number;
  get(): Term;
}

/** A terminal as a machine over states that are their own keys. */
export interface TerminalMachine<State extends string | number> {
  readonly start: State;
  step(state: State, byte: number): State | 'done' | null;
  mayStop?(state: State): boolean;
}

/** `State` must not contain 'done'. */
export function terminal<State extends string | number>(machine: TerminalMachine<State>): Terminal {
  const known = new Map<State, Terminal>();
  const at = (state: State): Terminal => {
    const met = known.get(state);
    if (met !== undefined) return met;
    const fresh: Terminal = {
      kind: 'terminal',
      mayStop: machine.mayStop?.(state) === true,
      step(byte) {
        const next = machine.step(state, byte);
        return next === null || next === 'done' ? next : at(next);
      },
    };
    known.set(state, fresh);
    return fresh;
  };
  return at(machine.start);
}

/** Exactly this text. */
export function literal(text: string): Terminal {
  const bytes = new TextEncoder().encode(text);
  const last = bytes.length - 1;
  return terminal<number>({
    start: 0,
    step: (at, byte) => (byte !== bytes[at] ? null : at === last ? 'done' : at + 1),
  });
}

/** At most one space or line break: a model cannot fill its answer with blanks. */
export const optionalBlank: Terminal = terminal<number>({
  start: 0,
  step: (_, byte) => (byte === 0x20 || byte === 0x0a ? 'done' : null),
  mayStop: () => true,
});

export function sequence(first: Term, ...more: readonly Term[]): Term {
  const [next, ...others] = more;
  return next === undefined ? first : { kind: 'sequence', first, rest: sequence(next, ...others) };
}

export function choice(terms: readonly Term[]): Term {
  const [only] = terms;
  return terms.length === 1 && only !== undefined ? only : { kind: 'choice', terms };
}

export function lazy(build: () => Term, maxDepth: number = Number.POSITIVE_INFINITY): Lazy {
  let built: Term | undefined;
  return {
    kind: 'lazy',
    maxDepth,
    get() {
      built ??= build();
      return built;
    },
  };
}
