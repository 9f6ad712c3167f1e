// POST /v1/messages and /v1/messages/count_tokens: Anthropic's API on the same engine.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { LoadedModel } from '../model/loaded-model.ts';
import { answerMessage } from './answer-message.ts';
import type { ToolPlan } from './chat-tools.ts';
import { holdModel, holdModelWithRoom } from './held-model.ts';
import { messageFormatGrammar, outputConfigField } from './message-format.ts';
import { type MessagePrompt, messagePrompt, promptFields } from './message-prompt.ts';
import { messageToolFields, messageToolPlan } from './message-tools.ts';
import { requestError } from './openai-error.ts';
import { allowedTokens, checkTextLength, mostTextBytes } from './prompt-limits.ts';
import { refuseMessageFields } from './refused-fields.ts';
import { generationParams } from './sampling-fields.ts';
import { type ServeContext, startTracked, tenantOf } from './serve-context.ts';

const countSchema = z.object({ ...promptFields, ...messageToolFields });
const messageSchema = countSchema.extend({
  max_tokens: z.number().int().min(1),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(0).nullish(),
  stop_sequences: z.array(z.string().min(1)).max(16).nullish(),
  output_config: outputConfigField,
  metadata: z.looseObject({ user_id: z.string().max(256).nullish() }).nullish(),
});

export function registerMessages(app: FastifyInstance, context: ServeContext): void {
  app.post('/v1/messages', async (request, reply) => {
    const received = context.clock.monotonicMs();
    refuseMessageFields(request.body);
    const body = parse(messageSchema, request.body);
    const model = await holdModelWithRoom(context, reply, body.model);
    const { directory } = model;
    const tools = messageToolPlan(body, model.toolCallFormat);
    const given = messagePrompt(body);
    const format = messageFormatGrammar(body.output_config, {
      ...{ hasTools: tools !== null, continuesMessage: given.continueFinalMessage },
    });
    const prompt = await encodeMessages(given, model, tools);
    const stream = body.stream ?? false;
    const params = generationParams({
      fields: { ...body, stop: body.stop_sequences },
      directory,
      vocabSize: model.ready.vocabSize,
      topLogprobs: null,
      grammar: tools?.grammar ?? format,
      maxTokens: allowedTokens(prompt, body.max_tokens, directory.contextTokens),
    });
    const plan = {
      prompts: [prompt],
      choicesPerPrompt: 1,
      params,
      receivedMs: received,
      priority: 0,
      tenant: tenantOf(request, body.metadata?.user_id),
      cacheSalt: '',
    };
    await answerMessage({
      reply,
      stream,
      id: `msg_${request.id}`,
      model: directory.name,
      headers: { 'request-id': request.id },
      toolCallFormat: tools?.format ?? null,
      start: (sink) => startTracked(context, { model, request, stream, plan }, sink),
    });
  });
  app.post('/v1/messages/count_tokens', async (request, reply) => {
    const body = parse(countSchema, request.body);
    const model = await holdModel(context, reply, body.model);
    const tools = messageToolPlan(body, model.toolCallFormat);
    return { input_tokens: (await encodeMessages(messagePrompt(body), model, tools)).length };
  });
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input ?? {});
  if (!parsed.success) throw requestError(parsed.error);
  return parsed.data;
}

async function encodeMessages(
  prompt: MessagePrompt,
  model: LoadedModel,
  tools: ToolPlan | null,
): Promise<Int32Array> {
  const limits = { contextTokens: model.directory.contextTokens, tokenBytes: model.tokenBytes };
  checkTextLength(
    prompt.messages.map((message) => message.content),
    limits,
  );
  return await model.text.encodeChat({
    ...prompt,
    maxTextBytes: mostTextBytes(limits),
    ...(tools === null ? {} : { tools: tools.shown }),
  });
}
