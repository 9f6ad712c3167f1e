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
const SPACE = 0x20;
/** Members whose strings are names, settings or encoded media; all others are taken for text. */
const OTHER_KEYS: ReadonlySet<string> = new Set([
  'model',
  'role',
  'type',
  'id',
  'object',
  'format',
  'detail',
  'media_type',
  'mimeType',
  'mime_type',
  'data',
  'bytes',
  'b64_json',
  'url',
  'image_url',
  'file_data',
  'fileUri',
  'file_id',
  'signature',
  'thoughtSignature',
  'encrypted_content',
  'tool_call_id',
  'tool_use_id',
  'call_id',
  'user',
  'service_tier',
  'encoding_format',
  'embedding_types',
  'input_type',
  'images',
]);
/** A longer text without any space is encoded data. */
const WORDLESS_BYTES = 16 * 1024;

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
    } else if (!OTHER_KEYS.has(key) && stop > at + 1 && !isEncoded(body, at + 1, stop)) {
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

function isEncoded(body: Buffer, start: number, stop: number): boolean {
  if (stop - start < WORDLESS_BYTES) return false;
  const space = body.indexOf(SPACE, start);
  return space < 0 || space >= start + WORDLESS_BYTES;
}
