// Collects the texts of a request body that a model reads, from any dialect, by crossing its JSON strings.
// Bounded, never throws; runs after the request was sent.
import { endOfString, skipSpace } from './json-skim.ts';
import { decodeJsonText } from './json-text.ts';

export interface PromptText {
  /** Texts in their order, one a line. */
  readonly text: string;
  /** False where the bound cut some off. */
  readonly complete: boolean;
}

const QUOTE = 0x22;
const COLON = 0x3a;
/** Members whose strings a model reads as text. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'content',
  'text',
  'input',
  'inputs',
  'inputText',
  'prompt',
  'system',
  'instructions',
  'message',
  'query',
  'documents',
  'texts',
  'suffix',
  'arguments',
  'description',
  'thinking',
  'output',
  'title',
]);

/** The prompt's texts, at most `maxBytes` of JSON strings. */
export function promptText(body: Buffer, maxBytes: number): PromptText {
  const texts: string[] = [];
  let key = '';
  let left = maxBytes;
  let at = body.indexOf(QUOTE);
  while (at >= 0) {
    const end = endOfString(body, at);
    const stop = end < 0 ? body.length : end - 1;
    const after = end < 0 ? body.length : skipSpace(body, end);
    if (body[after] === COLON && stop - at < 64) {
      key = body.toString('latin1', at + 1, stop);
    } else if (TEXT_KEYS.has(key) && stop > at + 1) {
      if (left <= 0) return { text: texts.join('\n'), complete: false };
      const taken = Math.min(stop, at + 1 + left);
      texts.push(decodeJsonText(body.toString('utf8', at + 1, taken)));
      left -= taken - at - 1;
    }
    if (end < 0) return { text: texts.join('\n'), complete: false };
    at = body.indexOf(QUOTE, end);
  }
  return { text: texts.join('\n'), complete: true };
}
