// POST /v1/embeddings: the mean of a text's last hidden states, of length one.

import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { LoadedModel } from '../model/loaded-model.ts';
import { holdModel } from './held-model.ts';
import { onceClosed } from './once-closed.ts';
import {
  errClientLeft,
  errContextExceeded,
  errRequestInvalid,
  errUnsupported,
  requestError,
  withParam,
} from './openai-error.ts';
import { checkTextLength } from './prompt-limits.ts';
import type { ServeContext } from './serve-context.ts';

/** As many as OpenAI takes. */
const MAX_INPUTS = 2048;
const tokenList = z.array(z.number().int().nonnegative()).min(1);

const embeddingSchema = z.object({
  model: z.string().min(1).optional(),
  input: z.union(
    [
      z.string().min(1),
      z.array(z.string().min(1)).min(1).max(MAX_INPUTS),
      tokenList,
      z.array(tokenList).min(1).max(MAX_INPUTS),
    ],
    { error: `a text, a list of tokens, or at most ${MAX_INPUTS} of one kind; none empty` },
  ),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.number().int().nullish(),
  user: z.string().nullish(),
});

type Input = string | readonly number[];

export function registerEmbeddings(app: FastifyInstance, context: ServeContext): void {
  app.post('/v1/embeddings', async (request, reply) => {
    const parsed = embeddingSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw requestError(parsed.error);
    const { input, encoding_format: format, dimensions } = parsed.data;
    if (dimensions !== undefined && dimensions !== null) {
      throw withParam(errUnsupported('the size of an embedding cannot be chosen'), 'dimensions');
    }
    const model = await holdModel(context, reply, parsed.data.model);
    if (!model.ready.canEmbed) {
      const hint = 'serve a graph with an output hidden_states';
      throw errUnsupported(`the model ${model.directory.name} has no embeddings`, { hint });
    }
    const prompts = await Promise.all(inputsOf(input).map(async (each) => await encode(each, model)));
    const vectors = (await model.engine.embed(prompts, untilClosed(reply))).map(unit);
    const promptTokens = prompts.reduce((sum, { length }) => sum + length, 0);
    if (request.record !== null) request.record.inputTokens = promptTokens;
    context.metrics.embedded(model.directory.name, promptTokens);
    const data = vectors.map((vector, index) => {
      const embedding = format === 'base64' ? base64Of(vector) : Array.from(vector);
      return { object: 'embedding', index, embedding };
    });
    const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
    return { object: 'list', data, model: model.directory.name, usage };
  });
}

function untilClosed({ raw, request }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  onceClosed(request.raw, raw, () => closed.abort(errClientLeft('the client left before its answer')));
  return closed.signal;
}

function inputsOf(input: z.infer<typeof embeddingSchema>['input']): readonly Input[] {
  if (typeof input === 'string') return [input];
  const isTokens = input.every((each): each is number => typeof each === 'number');
  return isTokens ? [input] : (input as Input[]);
}

async function encode(input: Input, model: LoadedModel): Promise<Int32Array> {
  const { contextTokens } = model.directory;
  if (typeof input !== 'string') {
    const unknown = input.find((id) => id >= model.ready.vocabSize);
    if (unknown !== undefined)
      throw withParam(errRequestInvalid(`token ${unknown} is not in the vocabulary`), 'input');
    return fitting(Int32Array.from(input), contextTokens);
  }
  checkTextLength([input], { contextTokens, tokenBytes: model.tokenBytes });
  return fitting(await model.text.encode(input, true), contextTokens);
}

function fitting(tokens: Int32Array, contextTokens: number): Int32Array {
  if (tokens.length <= contextTokens) return tokens;
  const what = `this model's context is ${contextTokens} tokens, but an input has ${tokens.length}`;
  throw withParam(errContextExceeded(what), 'input');
}

function unit(vector: Float32Array | null): Float32Array {
  if (vector === null) throw errUnsupported('this model has no embeddings');
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((number) => number / length);
}

function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
