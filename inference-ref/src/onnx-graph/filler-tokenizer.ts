// Gives a random-weight model a tokenizer: the bundled one, its vocabulary filled up with words that never occur in a
// text, so that every id the model may emit decodes to something visible.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type DecoderShape, errUnsupportedShape } from './decoder-shape.ts';

const tokenizerSchema = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.number().int()) }),
});

export interface FillerTokenizerOptions {
  /** A folder with tokenizer.json and tokenizer_config.json. */
  readonly sourceDir: string;
  readonly outputDir: string;
  readonly shape: DecoderShape;
}

export async function writeFillerTokenizer(options: FillerTokenizerOptions): Promise<void> {
  const { sourceDir, outputDir, shape } = options;
  const source = await readFile(join(sourceDir, 'tokenizer.json'), 'utf8');
  const tokenizer = tokenizerSchema.parse(JSON.parse(source));
  const known = Object.keys(tokenizer.model.vocab).length;
  if (known > shape.vocabSize) {
    throw errUnsupportedShape(
      `a vocabulary of ${shape.vocabSize} is smaller than the bundled tokenizer's ${known}`,
    );
  }
  // Ġ is how byte-level BPE writes a space in front of a word.
  for (let id = known; id < shape.vocabSize; id++) tokenizer.model.vocab[`Ġ<${id}>`] = id;
  await writeFile(join(outputDir, 'tokenizer.json'), JSON.stringify(tokenizer));
  const config = z
    .looseObject({})
    .parse(JSON.parse(await readFile(join(sourceDir, 'tokenizer_config.json'), 'utf8')));
  const filled = { ...config, model_max_length: shape.contextTokens };
  await writeFile(join(outputDir, 'tokenizer_config.json'), `${JSON.stringify(filled, null, 1)}\n`);
}

/** The special tokens of the bundled tokenizer in place of the published model's. */
export function withBundledTokens(shape: DecoderShape): DecoderShape {
  return { ...shape, bosTokenId: 0, endTokenIds: [1] };
}
