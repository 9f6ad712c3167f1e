// POST /tokenize and /detokenize, as vLLM has them.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { chatMessages } from './chat-messages.ts';
import { holdModel } from './held-model.ts';
import { errRequestInvalid, requestError, withParam } from './openai-error.ts';
import { mostTextBytes } from './prompt-limits.ts';
import type { ServeContext } from './serve-context.ts';

const tokenizeSchema = z.union([
  z.object({
    model: z.string().optional(),
    prompt: z.string(),
    add_special_tokens: z.boolean().nullish(),
    return_token_strs: z.boolean().nullish(),
  }),
  z.object({
    model: z.string().optional(),
    messages: z.array(z.looseObject({ role: z.string() })).min(1),
    add_generation_prompt: z.boolean().nullish(),
    return_token_strs: z.boolean().nullish(),
  }),
]);
const detokenizeSchema = z.object({
  model: z.string().optional(),
  tokens: z.array(z.number().int().nonnegative()).max(1_000_000),
});

export function registerTokenize(app: FastifyInstance, context: ServeContext): void {
  app.post('/tokenize', async (request, reply) => {
    const parsed = tokenizeSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw requestError(parsed.error);
    const body = parsed.data;
    const model = await holdModel(context, reply, body.model);
    const mostBytes = mostTextBytes({
      contextTokens: model.directory.contextTokens,
      tokenBytes: model.tokenBytes,
    });
    const tokens = await ('prompt' in body
      ? model.text.encode(bounded(body.prompt, mostBytes), body.add_special_tokens ?? true)
      : model.text.encodeChat({
          messages: chatMessages(body.messages),
          maxTextBytes: mostBytes,
          addGenerationPrompt: body.add_generation_prompt ?? true,
        }));
    const ids = Array.from(tokens);
    return {
      count: ids.length,
      max_model_len: model.directory.contextTokens,
      tokens: ids,
      token_strs: body.return_token_strs === true ? ids.map((id) => model.tokenText(id).text) : null,
    };
  });
  app.post('/detokenize', async (request, reply) => {
    const parsed = detokenizeSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw requestError(parsed.error);
    const model = await holdModel(context, reply, parsed.data.model);
    const unknown = parsed.data.tokens.find((id) => id >= model.ready.vocabSize);
    if (unknown !== undefined)
      throw withParam(errRequestInvalid(`token ${unknown} is not in the vocabulary`), 'tokens');
    return { prompt: await model.text.decode(parsed.data.tokens) };
  });
}

/** One text must not hold up the tokenizer for the others. */
function bounded(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  throw withParam(errRequestInvalid(`a text may have ${mostBytes} bytes`), 'prompt');
}
