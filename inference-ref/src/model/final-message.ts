// Has an answer continue the last message: a mark at the end of its content shows where the rendered prompt must end. What
// a template puts behind it (an end token, a line break) would tell the model that the message is over.

import { randomBytes } from 'node:crypto';
import { defineError } from '@tollgate/service-kit/tollgate-error';

export const errChatTemplate = defineError('TG_CHAT_TEMPLATE_REFUSED', 400);

export interface FinalMessage {
  mark<Message extends { readonly content: string }>(messages: readonly Message[]): readonly Message[];
  /** What was rendered of marked messages, up to the mark. */
  cut(rendered: string): string;
}

export function createFinalMessage(): FinalMessage {
  // Nobody can type it.
  const mark = `\uE004${randomBytes(12).toString('hex')}\uE005`;
  return {
    mark: (messages) =>
      messages.map((message, index) =>
        // As in transformers: the space shows whether the template trims contents.
        index === messages.length - 1 ? { ...message, content: `${message.content}${mark} ` } : message,
      ),
    cut(rendered) {
      const at = rendered.lastIndexOf(mark);
      if (at < 0) {
        const hint = "end with a message of the user's";
        throw errChatTemplate("the model's chat template does not show the last message as it is", { hint });
      }
      const isTrimmed = rendered[at + mark.length] !== ' ';
      return isTrimmed ? rendered.slice(0, at).trimEnd() : rendered.slice(0, at);
    },
  };
}
