import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolCallFormatOf } from '../grammar/tool-call-format.ts';
import { createToolCallReader } from './tool-call-reader.ts';

const bare = toolCallFormatOf(null);
const tagged = toolCallFormatOf('<tool_call>');

/** Text, and calls as `name(arguments)`, whatever pieces the answer came in. */
function read(format: typeof bare, pieces: readonly string[]) {
  const reader = createToolCallReader(format);
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.finish()];
  let text = '';
  const calls: string[] = [];
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'call') calls[part.index] = `${part.name}(`;
    else calls[part.index] += part.text;
  }
  expect(reader.calls).toBe(calls.length);
  return { text, calls: calls.map((call) => `${call})`) };
}

const cut = (text: string, places: readonly number[]): string[] => {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
};

describe('tool call reader', () => {
  const nested = '{"city":"a}\\"{","list":[{}]}';
  const call = (name: string, fields: string) => `{"name": "${name}", "arguments": ${fields}}`;
  const wrapped = (text: string) => `<tool_call>\n${text}\n</tool_call>`;
  const answers = [
    { format: bare, answer: call('weather', nested), text: '', calls: [`weather(${nested})`] },
    { format: bare, answer: ` \n${call('now', '{}')}`, text: '', calls: ['now({})'] },
    { format: bare, answer: ' Call {me}', text: ' Call {me}', calls: [] },
    { format: bare, answer: '  ', text: '  ', calls: [] },
    { format: tagged, answer: 'a <tool_ b', text: 'a <tool_ b', calls: [] },
    {
      ...{
        format: tagged,
        answer: `Wait.${wrapped(call('weather', nested))}\n${wrapped(call('now', '{}'))}`,
      },
      ...{ text: 'Wait.', calls: [`weather(${nested})`, 'now({})'] },
    },
    { format: bare, answer: call('weather', nested).slice(0, 44), text: '', calls: ['weather({"city":"a})'] },
    { format: tagged, answer: '<tool_call>\n{"name": "wea', text: '', calls: [] },
  ];

  it.each(answers)('finds text and calls in $answer', ({ format, answer, text, calls }) => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (places) => {
        expect(read(format, cut(answer, places))).toEqual({ text, calls });
      }),
    );
  });
});
