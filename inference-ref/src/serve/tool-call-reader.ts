// Reads an answer in which tools may be called, piece by piece as it comes: text, the names of called tools, and their
// arguments as they grow. The grammar keeps the answer in this form; cut short, it ends wherever it ends.

import { callFrame, type ToolCallFormat } from '../grammar/tool-call-format.ts';

export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly index: number; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly text: string };

export interface ToolCallReader {
  /** Calls whose name is known. */
  readonly calls: number;
  push(text: string): readonly AnswerPart[];
  /** What was held back since it might have begun a call. */
  finish(): readonly AnswerPart[];
}

type Stage = 'start' | 'text' | 'open' | 'name' | 'between' | 'arguments' | 'close' | 'gap';

export function createToolCallReader(format: ToolCallFormat): ToolCallReader {
  const frame = callFrame(format);
  const opening = format.open + frame.before;
  let stage: Stage = format.marker === '' ? 'start' : 'text';
  let held = '';
  let index = -1;
  let scan = createObjectScan();

  /** Takes from `held` what one stage can; null where it needs more. */
  const stages: Readonly<Record<Stage, () => AnswerPart | 'nothing' | null>> = {
    start() {
      const first = held.trimStart()[0];
      if (first === undefined) return null;
      stage = first === '{' ? 'open' : 'text';
      if (first === '{') held = held.trimStart();
      return 'nothing';
    },
    text() {
      const at = format.marker === '' ? -1 : held.indexOf(format.marker);
      const end = at < 0 ? held.length - beginningLength(held, format.marker) : at;
      const text = held.slice(0, end);
      held = held.slice(at < 0 ? end : end + format.marker.length);
      if (at >= 0) stage = 'open';
      if (text !== '') return { kind: 'text', text };
      return at >= 0 ? 'nothing' : null;
    },
    open: () => skip(opening, 'name'),
    name() {
      const end = held.indexOf('"');
      if (end < 0) return null;
      const name = held.slice(0, end);
      held = held.slice(end);
      stage = 'between';
      index += 1;
      return { kind: 'call', index, name };
    },
    between: () => skip(frame.between, 'arguments'),
    arguments() {
      if (held === '') return null;
      const end = scan.endIn(held);
      const text = end < 0 ? held : held.slice(0, end);
      held = held.slice(text.length);
      if (end >= 0) {
        stage = 'close';
        scan = createObjectScan();
      }
      return { kind: 'arguments', index, text };
    },
    close: () => skip(frame.after + format.close, 'gap'),
    /** Blanks between calls are no text. */
    gap() {
      held = held.trimStart();
      if (held === '') return null;
      stage = 'text';
      return 'nothing';
    },
  };
  const skip = (fixed: string, next: Stage): 'nothing' | null => {
    if (held.length < fixed.length) return null;
    held = held.slice(fixed.length);
    stage = next;
    return 'nothing';
  };

  return {
    get calls() {
      return index + 1;
    },
    push(text) {
      held += text;
      const parts: AnswerPart[] = [];
      for (let part = stages[stage](); part !== null; part = stages[stage]())
        if (part !== 'nothing') parts.push(part);
      return parts;
    },
    finish() {
      const rest = held;
      held = '';
      const isText = stage === 'text' || stage === 'start';
      return isText && rest !== '' ? [{ kind: 'text', text: rest }] : [];
    },
  };
}

/** How much of the text's end may begin the marker. */
function beginningLength(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--) {
    if (marker.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/** Finds where a JSON object ends that comes in pieces. */
function createObjectScan(): { endIn(piece: string): number } {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return {
    endIn(piece) {
      for (let at = 0; at < piece.length; at++) {
        const character = piece[at];
        if (isEscaped) isEscaped = false;
        else if (isInString) {
          if (character === '\\') isEscaped = true;
          else if (character === '"') isInString = false;
        } else if (character === '"') isInString = true;
        else if (character === '{') depth += 1;
        else if (character === '}') {
          depth -= 1;
          if (depth === 0) return at + 1;
        }
      }
      return -1;
    },
  };
}
