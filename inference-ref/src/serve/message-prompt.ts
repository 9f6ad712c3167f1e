// Anthropic's messages as the chat messages that a template reads: blocks of text become one text, calls of tools and
// their results become what OpenAI's API calls them. What is neither is refused, never dropped.

import { z } from 'zod';
import type { ChatMessage } from '../model/text-model.ts';
import { errRequestInvalid, errUnsupported, requestError, withParam } from './openai-error.ts';

const contentField = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);
export const promptFields = {
  model: z.string().min(1).optional(),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: contentField })).min(1),
  system: contentField.nullish(),
};
const fieldsSchema = z.object(promptFields);
type Content = z.infer<typeof contentField>;
type Block = Exclude<Content, string>[number];

const blockSchemas = {
  text: z.object({ text: z.string() }),
  tool_use: z.object({ id: z.string(), name: z.string(), input: z.looseObject({}) }),
  tool_result: z.object({ tool_use_id: z.string(), content: contentField.nullish() }),
};

function promptMessages({ system, messages }: z.infer<typeof fieldsSchema>): ChatMessage[] {
  const spoken = messages.flatMap(({ role, content }, index) =>
    turnOf(role, content, `messages.${index}.content`),
  );
  if (system === null || system === undefined) return spoken;
  return [{ role: 'system', content: textOf(system, 'system') }, ...spoken];
}

export interface MessagePrompt {
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
  readonly continueFinalMessage: boolean;
}

/** A last message of the assistant is a beginning to go on with; an empty one is none. */
export function messagePrompt(body: z.infer<typeof fieldsSchema>): MessagePrompt {
  const messages = promptMessages(body);
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return { messages, addGenerationPrompt: true, continueFinalMessage: false };
  if (last['tool_calls'] !== undefined) {
    const hint = 'send the tool_result as the next message';
    const error = errRequestInvalid('the last message calls a tool, which nothing can be added to', { hint });
    throw withParam(error, `messages.${body.messages.length - 1}`);
  }
  if (last.content.trim() === '')
    return { messages: messages.slice(0, -1), addGenerationPrompt: true, continueFinalMessage: false };
  return { messages, addGenerationPrompt: false, continueFinalMessage: true };
}

/** Results of tools are messages of their own, before what the user says. */
function turnOf(role: string, content: Content, path: string): ChatMessage[] {
  if (typeof content === 'string') return [{ role, content }];
  const texts: string[] = [];
  const calls: object[] = [];
  const results: ChatMessage[] = [];
  content.forEach((block, place) => {
    const at = `${path}.${place}`;
    if (block.type === 'tool_use' && role === 'assistant') {
      const { id, name, input } = blockOf('tool_use', block, at);
      calls.push({ id, type: 'function', function: { name, arguments: input } });
    } else if (block.type === 'tool_result' && role === 'user') {
      const result = blockOf('tool_result', block, at);
      results.push({
        role: 'tool',
        tool_call_id: result.tool_use_id,
        content: textOf(result.content ?? '', `${at}.content`),
      });
    } else texts.push(textOf([block], path));
  });
  if (texts.length === 0 && calls.length === 0 && results.length > 0) return results;
  return [
    ...results,
    { role, content: texts.join('\n'), ...(calls.length === 0 ? {} : { tool_calls: calls }) },
  ];
}

function textOf(content: Content, path: string): string {
  if (typeof content === 'string') return content;
  const texts = content.map((block, place) => {
    if (block.type === 'text') return blockOf('text', block, `${path}.${place}`).text;
    throw withParam(
      errUnsupported(`content of type ${block.type} is not supported here: this model reads text`),
      `${path}.${place}`,
    );
  });
  return texts.join('\n');
}

function blockOf<Type extends keyof typeof blockSchemas>(
  type: Type,
  block: Block,
  path: string,
): z.infer<(typeof blockSchemas)[Type]> {
  const parsed = blockSchemas[type].safeParse(block);
  if (parsed.success) return parsed.data as z.infer<(typeof blockSchemas)[Type]>;
  throw requestError(parsed.error, path);
}
