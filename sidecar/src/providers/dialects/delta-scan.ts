// Finds the texts of a stream's delta by bytes, so that the many chunks which only carry text are never parsed. Most
// chunks of a stream differ in their text alone: one that was understood is the template for those that follow.
import { type AnswerDraft, noteKind, noteTokenEvent, type TokenKind } from '../answer-draft.ts';
import { endOfString } from '../json-skim.ts';
import { addEscaped } from '../text-sample.ts';

export interface DeltaPattern {
  /** Must match a text member up to its value's first character, and capture the member's name; flag `g`. */
  readonly expression: RegExp;
  readonly kindOf: (member: string) => TokenKind;
}

/** What the latest plain delta looked like around its only text. */
export interface DeltaTemplate {
  prefix: string;
  /** From the closing quote to the end, or to the value of a trailing padding member. */
  suffix: string;
  padded: boolean;
  kind: TokenKind;
}

const PADDING = /"(?:obfuscation|p)"\s*:\s*"/;
const BACKSLASH = 0x5c;

export function createDeltaTemplate(): DeltaTemplate {
  return { prefix: '', suffix: '', padded: false, kind: 'answer' };
}

/** A delta as its bytes and as one-byte text, with the draft that takes its text. */
export interface Delta {
  readonly data: Buffer;
  readonly latin1: string;
  readonly draft: AnswerDraft;
}

/** True when the delta is like the template and was taken in; else nothing has happened. */
export function takeLikeTemplate(template: DeltaTemplate, { data, latin1, draft }: Delta): boolean {
  const { prefix, suffix, kind } = template;
  const start = prefix.length;
  if (start === 0 || !latin1.startsWith(prefix)) return false;
  const end = latin1.indexOf('"', start);
  if (end <= start || latin1.charCodeAt(end - 1) === BACKSLASH || !latin1.startsWith(suffix, end))
    return false;
  const rest = end + suffix.length;
  if (template.padded ? latin1.indexOf('"', rest) !== latin1.length - 2 : rest !== latin1.length)
    return false;
  noteKind(draft, kind);
  addEscaped(kind === 'answer' ? draft.answer : draft.reasoning, data, start, end);
  noteTokenEvent(draft);
  return true;
}

/** Keeps every text of a delta, and counts it as a token event where it has any. Learns the template where it has one. */
export function scanDelta(pattern: DeltaPattern, delta: Delta, template: DeltaTemplate): void {
  const { data, latin1, draft } = delta;
  const { expression, kindOf } = pattern;
  let found = 0;
  expression.lastIndex = 0;
  for (let match = expression.exec(latin1); match !== null; match = expression.exec(latin1)) {
    const start = expression.lastIndex;
    const end = endOfString(data, start - 1);
    if (end < 0) break;
    const kind = kindOf(match[1] ?? '');
    found += 1;
    noteKind(draft, kind);
    addEscaped(kind === 'answer' ? draft.answer : draft.reasoning, data, start, end - 1);
    if (found === 1) learn(template, latin1, { start, end: end - 1, kind });
    expression.lastIndex = end;
  }
  if (found > 1) template.prefix = '';
  if (found > 0) noteTokenEvent(draft);
}

function learn(
  template: DeltaTemplate,
  latin1: string,
  text: { start: number; end: number; kind: TokenKind },
): void {
  template.prefix = latin1.slice(0, text.start);
  template.kind = text.kind;
  const suffix = latin1.slice(text.end);
  const padding = PADDING.exec(suffix);
  template.padded = padding !== null && suffix.endsWith('"}');
  template.suffix = padding === null ? suffix : suffix.slice(0, padding.index + padding[0].length);
}
