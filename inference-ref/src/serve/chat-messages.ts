// Chat messages as clients send them, flattened to what a chat template reads: content parts become one text; what is
// not text is refused, never dropped.

import { z } from 'zod';
import type { ChatMessage } from '../model/text-model.ts';
import { errUnsupported, requestError, withParam } from './openai-error.ts';

const textPart = z.object({
  type: z.literal(['text', 'input_text', 'output_text', 'refusal']),
  text: z.string(),
});
const calledFunction = z.looseObject({ function: z.looseObject({ arguments: z.string() }) });
export const chatMessageSchema = z.looseObject({
  role: z.string().min(1),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
});

export function chatMessages(input: readonly unknown[]): ChatMessage[] {
  const parsed = z.array(chatMessageSchema).safeParse(input);
  if (!parsed.success) throw requestError(parsed.error);
  return parsed.data.map(flatMessage);
}

function flatMessage(given: z.infer<typeof chatMessageSchema>, index: number): ChatMessage {
  const { content, tool_calls: calls } = given;
  const message = Array.isArray(calls) ? { ...given, tool_calls: calls.map(withReadArguments) } : given;
  if (typeof content === 'string') return { ...message, content };
  const texts = (content ?? []).map((part, place) => {
    const parsed = textPart.safeParse(part);
    if (parsed.success) return parsed.data.text;
    const param = `messages.${index}.content.${place}`;
    throw withParam(
      errUnsupported(`content of type ${part.type} is not supported: this model reads text`),
      param,
    );
  });
  return { ...message, content: texts.join('\n') };
}

/** Clients send arguments as text, chat templates expect the object. */
function withReadArguments(call: unknown): unknown {
  const parsed = calledFunction.safeParse(call);
  if (!parsed.success) return call;
  const { arguments: text } = parsed.data.function;
  try {
    return { ...parsed.data, function: { ...parsed.data.function, arguments: JSON.parse(text) as unknown } };
  } catch {
    // A model's unfinished call, sent back as it was: the template shows the text.
    return call;
  }
}
