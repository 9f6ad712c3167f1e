// POST /v1/completions: one or several prompts, as text or as tokens.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { LoadedModel } from '../model/loaded-model.ts';
import { answerCompletion } from './answer-completion.ts';
import { createCompletionDialect } from './completion-dialect.ts';
import { holdModelWithRoom } from './held-model.ts';
import { errRequestInvalid, errUnsupported, requestError, withParam } from './openai-error.ts';
import { allowedTokens, checkTextLength } from './prompt-limits.ts';
import { refuseFields } from './refused-fields.ts';
import { formatGrammar, responseFormatField } from './response-format.ts';
import { generationParams, priorityOf, samplingFields } from './sampling-fields.ts';
import { type ServeContext, startTracked, tenantOf } from './serve-context.ts';

const MAX_PROMPTS = 128;
const DEFAULT_MAX_TOKENS = 16;
const tokenList = z.array(z.number().int().nonnegative()).min(1);

const completionSchema = z.object({
  ...samplingFields,
  prompt: z.union(
    [
      z.string(),
      z.array(z.string()).min(1).max(MAX_PROMPTS),
      tokenList,
      z.array(tokenList).min(1).max(MAX_PROMPTS),
    ],
    { error: `a text, a list of tokens, or at most ${MAX_PROMPTS} of one kind` },
  ),
  max_tokens: z.number().int().min(1).nullish(),
  logprobs: z.number().int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  best_of: z.number().int().nullish(),
  add_special_tokens: z.boolean().nullish(),
  response_format: responseFormatField,
});

type CompletionRequest = z.infer<typeof completionSchema>;

export function registerCompletions(app: FastifyInstance, context: ServeContext): void {
  app.post('/v1/completions', async (request, reply) => {
    const received = context.clock.monotonicMs();
    const body = parseCompletion(request.body);
    const generations = promptList(body.prompt).length * (body.n ?? 1);
    const model = await holdModelWithRoom(context, reply, body.model, generations);
    const { directory } = model;
    const prompts = await encodePrompts(body, model);
    const copies = body.n ?? 1;
    const limits = prompts.map((prompt) =>
      allowedTokens(prompt, body.max_tokens ?? null, directory.contextTokens),
    );
    const wantsLogprobs = typeof body.logprobs === 'number';
    const params = generationParams({
      fields: body,
      directory,
      vocabSize: model.ready.vocabSize,
      topLogprobs: body.logprobs ?? null,
      grammar: formatGrammar(body.response_format),
      maxTokens: body.max_tokens ?? Math.min(DEFAULT_MAX_TOKENS, ...limits),
    });
    const echo = body.echo === true ? await echoTexts(body.prompt, copies, model) : null;
    const plan = {
      prompts,
      choicesPerPrompt: copies,
      params,
      receivedMs: received,
      priority: priorityOf(body),
      tenant: tenantOf(request, body.user),
      cacheSalt: body.cache_salt ?? '',
    };
    const stream = body.stream ?? false;
    await answerCompletion({
      reply,
      choices: prompts.length * copies,
      stream,
      wantsLogprobs,
      toolCallFormat: null,
      includeUsage: body.stream_options?.include_usage ?? false,
      continuousUsage: body.stream_options?.continuous_usage_stats ?? false,
      headers: { 'x-request-id': request.id },
      dialect: createCompletionDialect({
        kind: 'text',
        id: `cmpl-${request.id}`,
        created: Math.floor(context.clock.nowMicros() / 1e6),
        model: directory.name,
        wantsLogprobs,
        tokenText: model.tokenText,
        echo,
      }),
      start: (sink) => startTracked(context, { model, request, stream, plan }, sink),
    });
  });
}

function parseCompletion(input: unknown): CompletionRequest {
  refuseFields(input);
  const parsed = completionSchema.safeParse(input ?? {});
  if (!parsed.success) throw requestError(parsed.error);
  const body = parsed.data;
  if ((body.best_of ?? 1) > (body.n ?? 1))
    throw withParam(errUnsupported('best_of is not supported'), 'best_of');
  if (body.echo === true && typeof body.logprobs === 'number') {
    throw withParam(errUnsupported('echo together with logprobs is not supported'), 'echo');
  }
  return body;
}

async function encodePrompts(body: CompletionRequest, model: LoadedModel): Promise<Int32Array[]> {
  const { contextTokens } = model.directory;
  const prompts = promptList(body.prompt);
  return await Promise.all(
    prompts.map(async (prompt) => {
      if (typeof prompt === 'string') {
        checkTextLength([prompt], { contextTokens, tokenBytes: model.tokenBytes });
        const tokens = await model.text.encode(prompt, body.add_special_tokens ?? true);
        if (tokens.length > 0) return tokens;
        throw withParam(errRequestInvalid('the prompt has no tokens'), 'prompt');
      }
      const unknown = prompt.find((id) => id >= model.ready.vocabSize);
      if (unknown === undefined) return Int32Array.from(prompt);
      throw withParam(errRequestInvalid(`token ${unknown} is not in the vocabulary`), 'prompt');
    }),
  );
}

function promptList(prompt: CompletionRequest['prompt']): (string | number[])[] {
  if (typeof prompt === 'string') return [prompt];
  const isTokens = prompt.every((each): each is number => typeof each === 'number');
  return isTokens ? [prompt] : (prompt as (string | number[])[]);
}

async function echoTexts(
  prompt: CompletionRequest['prompt'],
  copies: number,
  model: LoadedModel,
): Promise<string[]> {
  const texts = await Promise.all(
    promptList(prompt).map(async (each) => (typeof each === 'string' ? each : await model.text.decode(each))),
  );
  return texts.flatMap((text) => Array.from({ length: copies }, () => text));
}
