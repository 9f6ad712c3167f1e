// Counts tokens with a Hugging Face tokenizer.json, for servers that report no usage. Loaded only when asked for.
import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { defineError } from '@tollgate/service-kit/tollgate-error';

const errTokenizer = defineError('TG_LOADTEST_TOKENIZER', 400);

/** Throws TG_LOADTEST_TOKENIZER when the file is no tokenizer. */
export async function loadTokenCounter(path: string): Promise<(text: string) => number> {
  try {
    const tokenizer = new Tokenizer(JSON.parse(await readFile(path, 'utf8')), {});
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  } catch (cause) {
    throw errTokenizer(`cannot read the tokenizer ${path}`, {
      cause,
      hint: 'give the path of a tokenizer.json',
    });
  }
}
