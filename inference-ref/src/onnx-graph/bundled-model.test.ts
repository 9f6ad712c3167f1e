import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

const dir = fileURLToPath(new URL('../../bundled-model/', import.meta.url));
const readJson = async (name: string) => JSON.parse(await readFile(`${dir}${name}`, 'utf8'));

let tokenizer: Tokenizer;
let chatTemplate: Template;
beforeAll(async () => {
  const config = await readJson('tokenizer_config.json');
  tokenizer = new Tokenizer(await readJson('tokenizer.json'), config);
  chatTemplate = new Template(config.chat_template);
});

function roundTrip(text: string): string {
  const ids: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
  return ids.length === 0 ? '' : tokenizer.decode(ids, { clean_up_tokenization_spaces: false });
}

describe('the bundled tokenizer', () => {
  it.each([
    '',
    'Call me Ishmael.',
    '  leading and   inner spaces \n\n\t tabs\r\nlines  ',
    'Grüße, 東京 🚢🐋 naïve — “quotes” ‘n’ ½ ²',
    "const x = { a: [1, 22, 333] }; // don't, we'll, I'd",
    '\u0000\u0001\u007f\u00a0\u2028\ufeff',
    '👩‍👩‍👧‍👦 e\u0301 \u202eright to left\u202c',
  ])('gives %j back as it was', (text) => expect(roundTrip(text)).toBe(text));

  it('gives any text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => roundTrip(text) === text),
      { numRuns: 500 },
    );
  });

  it('begins a plain prompt with the token that begins a document', () => {
    expect(tokenizer.encode('Call me').ids[0]).toBe(tokenizer.token_to_id('<|bos|>'));
  });

  it('writes a chat as turns that each end, and opens the answer', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: ' Hello! ' },
      { role: 'assistant', content: 'Aye.' },
      { role: 'tool', content: '42' },
    ];
    const text = chatTemplate.render({ messages, bos_token: '<|bos|>', add_generation_prompt: true });
    expect(text).toBe(
      '<|bos|><|system|>Be brief.<|end|><|user|>Hello!<|end|><|assistant|>Aye.<|end|><|user|>42<|end|><|assistant|>',
    );
    const ids: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
    expect(ids.filter((id) => id === tokenizer.token_to_id('<|end|>'))).toHaveLength(4);
  });
});
