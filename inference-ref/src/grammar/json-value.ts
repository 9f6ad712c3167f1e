// JSON values (RFC 8259) as grammar terms: any value, objects with known or any fields, arrays of a bounded length.

import { choice, type Lazy, lazy, literal, optionalBlank, sequence, type Term } from './grammar-term.ts';
import { anyJsonNumber } from './json-number.ts';
import { anyJsonString } from './json-string.ts';
import { oneOfTexts } from './literal-set.ts';

export interface ObjectField {
  readonly name: string;
  readonly value: Term;
  readonly isRequired: boolean;
}

export interface ArrayShape {
  /** Of the first items, place by place. */
  readonly first: readonly Term[];
  /** Of the others; null where there are none. */
  readonly others: Term | null;
  readonly min: number;
  readonly max: number | null;
}

/** One of these very values. */
export function jsonLiterals(values: readonly unknown[]): Term {
  return oneOfTexts(values.map((value) => JSON.stringify(value)));
}

/** These fields in this order; those that are not required may be left out. */
export function jsonObject(fields: readonly ObjectField[]): Term {
  const close = literal('}');
  /** What may follow when the fields before `from` are written or left out. */
  const membersFrom = fields.map((_, from) => [
    lazy(() => members(from, false)),
    lazy(() => members(from, true)),
  ]);
  const after = (from: number): Term => membersFrom[from]?.[1] ?? close;
  function members(from: number, needsComma: boolean): Term {
    const options: Term[] = [];
    for (let index = from; index < fields.length; index++) {
      const { name, value, isRequired } = fields[index] as ObjectField;
      const comma = needsComma ? [literal(','), optionalBlank] : [];
      const [head, ...tail] = [
        ...comma,
        literal(JSON.stringify(name)),
        optionalBlank,
        literal(':'),
        optionalBlank,
      ];
      options.push(sequence(head as Term, ...tail, value, optionalBlank, after(index + 1)));
      if (isRequired) return choice(options);
    }
    return choice([...options, close]);
  }
  return sequence(literal('{'), optionalBlank, membersFrom[0]?.[0] ?? close);
}

/** Any fields. */
export function jsonDictionary(value: Term): Term {
  const field = sequence(anyJsonString, optionalBlank, literal(':'), optionalBlank, value, optionalBlank);
  const close = literal('}');
  const rest: Lazy = lazy(() => choice([close, sequence(literal(','), optionalBlank, field, rest)]));
  return sequence(literal('{'), optionalBlank, choice([close, sequence(field, rest)]));
}

export function jsonArray({ first, others, min, max }: ArrayShape): Term {
  const close = literal(']');
  const most = Math.min(
    max ?? Number.POSITIVE_INFINITY,
    others === null ? first.length : Number.POSITIVE_INFINITY,
  );
  /** From here on one place is like the next, unless a maximum counts them. */
  const sameFrom = max === null ? Math.max(min, first.length) : Number.POSITIVE_INFINITY;
  const places = new Map<number, Term>();
  /** The item at a place and what may follow it. */
  const itemAt = (place: number): Term => {
    const key = Math.min(place, sameFrom);
    const known = places.get(key) ?? lazy(() => buildItem(place));
    places.set(key, known);
    return known;
  };
  const buildItem = (place: number): Term => {
    const item = first[place] ?? (others as Term);
    const ends: Term[] = place + 1 >= min ? [close] : [];
    if (place + 1 < most) ends.push(sequence(literal(','), optionalBlank, itemAt(place + 1)));
    return sequence(item, optionalBlank, choice(ends));
  };
  const starts: Term[] = min === 0 ? [close] : [];
  if (most > 0) starts.push(itemAt(0));
  return sequence(literal('['), optionalBlank, choice(starts));
}

/** About two places for each bracket that is open. */
const DEEPEST_ANY = 128;

/** Any JSON value. */
export const anyJsonValue: Lazy = lazy(() =>
  choice([
    ...[anyJsonString, anyJsonNumber, jsonLiterals([true, false, null])],
    ...[lazy(() => anyJsonObject, DEEPEST_ANY), lazy(() => anyJsonArray, DEEPEST_ANY)],
  ]),
);
export const anyJsonObject: Lazy = lazy(() => jsonDictionary(anyJsonValue));
export const anyJsonArray: Lazy = lazy(() =>
  jsonArray({ first: [], others: anyJsonValue, min: 0, max: null }),
);
