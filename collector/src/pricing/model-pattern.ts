// Which model a name means: evaluates the match rules kept with each price. Pure; knows no prices.
import { z } from 'zod';

export type ModelPattern =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly glob: string }
  | { readonly or: readonly ModelPattern[] }
  | { readonly and: readonly ModelPattern[] };

export const ModelPattern: z.ZodType<ModelPattern> = z.lazy(() =>
  z.union([
    z.strictObject({ equals: z.string() }),
    z.strictObject({ starts_with: z.string() }),
    z.strictObject({ ends_with: z.string() }),
    z.strictObject({ contains: z.string() }),
    z.strictObject({ regex: z.string() }),
    z.strictObject({ glob: z.string() }),
    z.strictObject({ or: z.array(ModelPattern) }),
    z.strictObject({ and: z.array(ModelPattern) }),
  ]),
);

export type ModelTest = (name: string) => boolean;

/** Compiles a rule once; the test takes a name already normalised by `normaliseModelName`. */
export function compilePattern(pattern: ModelPattern): ModelTest {
  if ('or' in pattern) {
    const tests = pattern.or.map(compilePattern);
    return (name) => tests.some((test) => test(name));
  }
  if ('and' in pattern) {
    const tests = pattern.and.map(compilePattern);
    return (name) => tests.every((test) => test(name));
  }
  if ('regex' in pattern) {
    const regex = new RegExp(pattern.regex, 'i');
    return (name) => regex.test(name);
  }
  if ('glob' in pattern) {
    const regex = new RegExp(`^${pattern.glob.split('*').map(escapeRegex).join('.*')}$`, 'i');
    return (name) => regex.test(name);
  }
  if ('equals' in pattern) {
    const wanted = pattern.equals.toLowerCase();
    return (name) => name === wanted;
  }
  if ('starts_with' in pattern) {
    const wanted = pattern.starts_with.toLowerCase();
    return (name) => name.startsWith(wanted);
  }
  if ('ends_with' in pattern) {
    const wanted = pattern.ends_with.toLowerCase();
    return (name) => name.endsWith(wanted);
  }
  const wanted = pattern.contains.toLowerCase();
  return (name) => name.includes(wanted);
}

export function normaliseModelName(name: string): string {
  const trimmed = name.trim().toLowerCase();
  return trimmed.startsWith('models/') ? trimmed.slice('models/'.length) : trimmed;
}

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** `gpt-4o-20240806` as `gpt-4o-2024-08-06`: the spelling some resellers use for the same model. */
export function withDashedDate(name: string): string {
  return name.replace(COMPACT_DATE, '-$1-$2-$3');
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
