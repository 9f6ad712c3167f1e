// POST /v1/chat/completions: parses, renders the chat template, answers.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerCompletion } from './answer-completion.ts';
import { chatMessageSchema, chatMessages } from './chat-messages.ts';
import { chatToolPlan, toolFields } from './chat-tools.ts';
import { createCompletionDialect } from './completion-dialect.ts';
import { holdModelWithRoom } from './held-model.ts';
import { errUnsupported, requestError, withParam } from './openai-error.ts';
import { allowedTokens, checkTextLength, mostTextBytes } from './prompt-limits.ts';
import { refuseFields } from './refused-fields.ts';
import { formatGrammar, responseFormatField } from './response-format.ts';
import { generationParams, priorityOf, samplingFields } from './sampling-fields.ts';
import { type ServeContext, startTracked, tenantOf } from './serve-context.ts';

const chatSchema = z.object({
  ...samplingFields,
  messages: z.array(chatMessageSchema).min(1),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  response_format: responseFormatField,
  ...toolFields,
  modalities: z.array(z.string()).nullish(),
  add_generation_prompt: z.boolean().nullish(),
});

export type ChatRequest = z.infer<typeof chatSchema>;

export function registerChatCompletions(app: FastifyInstance, context: ServeContext): void {
  app.post('/v1/chat/completions', async (request, reply) => {
    const received = context.clock.monotonicMs();
    const body = parseChat(request.body);
    const model = await holdModelWithRoom(context, reply, body.model, body.n ?? 1);
    const { directory, tokenBytes } = model;
    const messages = chatMessages(body.messages);
    const tools = chatToolPlan(body, model.toolCallFormat);
    const format = formatGrammar(body.response_format);
    if (tools !== null && format !== null) {
      const hint = "send tool_choice 'none' to have an answer in that format";
      throw withParam(
        errUnsupported('response_format beside tools is not supported', { hint }),
        'response_format',
      );
    }
    const limits = { contextTokens: directory.contextTokens, tokenBytes };
    checkTextLength(
      messages.map(({ content }) => content),
      limits,
    );
    const prompt = await model.text.encodeChat({
      messages,
      maxTextBytes: mostTextBytes(limits),
      ...(tools === null ? {} : { tools: tools.shown }),
      addGenerationPrompt: body.add_generation_prompt ?? true,
    });
    const asked = body.max_completion_tokens ?? body.max_tokens;
    const topLogprobs = body.logprobs === true ? (body.top_logprobs ?? 0) : null;
    const params = generationParams({
      fields: body,
      directory,
      vocabSize: model.ready.vocabSize,
      topLogprobs,
      grammar: tools?.grammar ?? format,
      maxTokens: allowedTokens(prompt, asked, directory.contextTokens),
    });
    const choices = body.n ?? 1;
    await answerCompletion({
      reply,
      choices,
      stream: body.stream ?? false,
      wantsLogprobs: topLogprobs !== null,
      toolCallFormat: tools?.format ?? null,
      includeUsage: body.stream_options?.include_usage ?? false,
      continuousUsage: body.stream_options?.continuous_usage_stats ?? false,
      headers: { 'x-request-id': request.id },
      dialect: createCompletionDialect({
        kind: 'chat',
        id: `chatcmpl-${request.id}`,
        created: Math.floor(context.clock.nowMicros() / 1e6),
        model: directory.name,
        wantsLogprobs: topLogprobs !== null,
        tokenText: model.tokenText,
        echo: null,
      }),
      start: (sink) =>
        startTracked(context, trackedOf(request, { body, model, prompt, params, received }), sink),
    });
  });
}

interface Prepared {
  readonly body: ChatRequest;
  readonly model: Parameters<typeof startTracked>[1]['model'];
  readonly prompt: Int32Array;
  readonly params: Parameters<typeof startTracked>[1]['plan']['params'];
  readonly received: number;
}

function trackedOf(request: FastifyRequest, { body, model, prompt, params, received }: Prepared) {
  return {
    model,
    request,
    stream: body.stream ?? false,
    plan: {
      prompts: [prompt],
      choicesPerPrompt: body.n ?? 1,
      params,
      receivedMs: received,
      priority: priorityOf(body),
      tenant: tenantOf(request, body.user),
      cacheSalt: body.cache_salt ?? '',
    },
  };
}

function parseChat(input: unknown): ChatRequest {
  refuseFields(input);
  const parsed = chatSchema.safeParse(input ?? {});
  if (!parsed.success) throw requestError(parsed.error);
  const body = parsed.data;
  if (body.modalities?.some((each) => each !== 'text') === true) {
    throw withParam(errUnsupported('this server answers in text only'), 'modalities');
  }
  return body;
}
