// Finds the texts of a stream's delta by bytes, so that the many chunks which only carry text are never parsed.
import { type AnswerDraft, noteKind, noteTokenEvent, type TokenKind } from '../answer-draft.ts';
import { endOfString } from '../json-skim.ts';

export interface DeltaScan {
  /** Must match a text member up to its value's first character, and capture the member's name; sticky flags: `g`. */
  readonly pattern: RegExp;
  readonly kindOf: (member: string) => TokenKind;
}

/** Keeps the texts of a delta, and counts it as a token event where it has any. `latin1` is `data` as one-byte text. */
export function scanDelta(scan: DeltaScan, data: Buffer, latin1: string, draft: AnswerDraft): void {
  const { pattern, kindOf } = scan;
  let found = false;
  pattern.lastIndex = 0;
  let match = pattern.exec(latin1);
  while (match !== null) {
    const start = pattern.lastIndex;
    const end = endOfString(data, start - 1);
    if (end < 0) break;
    const kind = kindOf(match[1] ?? '');
    found = true;
    noteKind(draft, kind);
    (kind === 'answer' ? draft.answer : draft.reasoning).addEscaped(data, start, end - 1);
    pattern.lastIndex = end;
    match = pattern.exec(latin1);
  }
  if (found) noteTokenEvent(draft);
}
