import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';

interface Reference {
  readonly ids: number[];
  readonly samples: readonly {
    readonly position: number;
    readonly first: readonly number[];
    readonly log_sum_exp: number;
    readonly best: number;
  }[];
}

const dir = fileURLToPath(new URL('../../bundled-model/', import.meta.url));
const readJson = async (name: string) => JSON.parse(await readFile(`${dir}${name}`, 'utf8'));

let tokenizer: Tokenizer;
let chatTemplate: Template;
let reference: Reference;
beforeAll(async () => {
  const config = await readJson('tokenizer_config.json');
  tokenizer = new Tokenizer(await readJson('tokenizer.json'), config);
  chatTemplate = new Template(config.chat_template);
  // Written by inference-ref/training/write_reference.py.
  const fixture = fileURLToPath(new URL('bundled-model.fixture.json', import.meta.url));
  reference = JSON.parse(await readFile(fixture, 'utf8'));
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

describe('the bundled model', () => {
  it('computes what PyTorch computed with its weights, up to the last position of the context', async () => {
    const { ids, samples } = reference;
    const session = await InferenceSession.create(`${dir}model.onnx`, { logSeverityLevel: 3 });
    const { logits } = await session.run({ ...feeds(session, ids), num_logits_to_keep: scalar(0) });
    const vocabSize = logits?.dims[2] ?? 0;
    const all = logits?.data as Float32Array;
    for (const sample of samples) {
      const start = sample.position * vocabSize;
      const row = all.slice(start, start + vocabSize);
      for (const [i, expected] of sample.first.entries()) expect(row[i]).toBeCloseTo(expected, 4);
      expect(logSumExp(row)).toBeCloseTo(sample.log_sum_exp, 4);
      expect(row.indexOf(Math.max(...row))).toBe(sample.best);
    }
  });

  it('has a tokenizer that cuts text as the one it was trained with', () => {
    const text = tokenizer.decode(reference.ids, { skip_special_tokens: false });
    expect(tokenizer.encode(text, { add_special_tokens: false }).ids).toEqual(reference.ids);
  });
});

const scalar = (value: number) => new Tensor('int64', BigInt64Array.of(BigInt(value)), []);

function feeds(session: InferenceSession, ids: readonly number[]): Record<string, Tensor> {
  const dims = [1, ids.length];
  const all: Record<string, Tensor> = {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
  };
  for (const name of session.inputNames.filter((input) => input.startsWith('past_key_values'))) {
    all[name] = new Tensor('float32', new Float32Array(0), [1, 2, 0, 32]);
  }
  return all;
}

function logSumExp(row: Float32Array): number {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
}
