import { Template } from '@huggingface/jinja';
import { expect, it } from 'vitest';
import { createFinalMessage } from './final-message.ts';

/** What is left of a rendered prompt whose last message is `content`. */
function continued(template: string, content: string): string {
  const final = createFinalMessage();
  const messages = final.mark([{ content: 'Hi' }, { content }]);
  return final.cut(new Template(template).render({ messages }));
}
const each = (shown: string) => `{% for m in messages %}[{{ ${shown} }}]{% endfor %}`;

it.each([
  [each('m.content'), 'Once upon a', '[Hi][Once upon a'],
  [each('m.content'), 'Once ', '[Hi][Once '],
  [each('m.content | trim'), 'Once ', '[Hi][Once'],
  [each('m.content'), '][', '[Hi][]['],
])('%s with %j ends in %j', (template, content, rendered) =>
  expect(continued(template, content)).toBe(rendered),
);

it('refuses a template that does not show the last message', () => {
  expect(() => continued('{{ messages[0].content }}', 'Once')).toThrow(/does not show the last message/);
});
