import { describe, expect, it } from 'vitest';
import { reading } from './grammar.fixture.ts';
import { toolCallFormatOf } from './tool-call-format.ts';
import { type ToolCallOptions, toolCallGrammar } from './tool-call-grammar.ts';

const weather = {
  ...{ name: 'weather', isStrict: true, path: 'tools.0.function.parameters' },
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const now = { name: 'now', isStrict: false, path: 'tools.1.function.parameters', schema: null };
const tagged = toolCallFormatOf('… <tool_call>\n{"name": …');
const bare = toolCallFormatOf(null);
const readingOf = (options: Partial<ToolCallOptions>) =>
  reading(
    toolCallGrammar({ format: bare, tools: [weather, now], isRequired: false, isParallel: true, ...options }),
  );

const call = '{"name": "weather", "arguments": {"city":"Nantucket"}}';
const other = '{"name": "now", "arguments": {}}';

describe('bare calls', () => {
  it('are calls of known tools with their arguments, and nothing else where one is required', () => {
    const read = readingOf({ isRequired: true });
    expect([call, other].map(read)).toEqual(['end', 'end']);
    const wrong = [
      'Hello',
      '{"name": "sea"',
      '{"name": "weather", "arguments": {}',
      `${call} `,
      '{"name": "now", "arguments": {"a"',
    ];
    expect(wrong.map(read)).toEqual(wrong.map(() => 'no'));
  });

  it('are chosen by the first character where the model may choose', () => {
    const read = readingOf({});
    expect([call, ' {"x"', '{"x"', 'It is {"x": 1}', '', ' \n Yes'].map(read)).toEqual([
      'end',
      'no',
      'no',
      'end',
      'end',
      'end',
    ]);
  });

  it('carry the field that the model was trained on', () => {
    const format = toolCallFormatOf('{{ "ipython" }} "parameters": …');
    expect(readingOf({ format })('{"name": "now", "parameters": {}}')).toBe('end');
  });
});

describe('tagged calls', () => {
  const wrapped = (text: string) => `<tool_call>\n${text}\n</tool_call>`;

  it('may begin anywhere in a text and follow each other', () => {
    const read = readingOf({ format: tagged });
    expect(read('Call me Ishmael.')).toBe('end');
    expect(read(`Let me see. ${wrapped(call)}`)).toBe('end');
    expect(read(`${wrapped(call)}\n${wrapped(other)}`)).toBe('end');
    expect(read(`<tool_<tool_call>\n${other}\n</tool_call>`)).toBe('end');
    expect(read('<tool_call>\nHello')).toBe('no');
    expect(read(`${wrapped(other)} And`)).toBe('no');
  });

  it('are the whole answer where required, and single where asked', () => {
    const required = readingOf({ format: tagged, isRequired: true, isParallel: false });
    expect([wrapped(call), 'Text', `${wrapped(call)}\n`].map(required)).toEqual(['end', 'no', 'no']);
  });
});

it('values that the schemas of several tools list are counted together', () => {
  const texts = Array.from({ length: 6_000 }, (_, index) => `value ${index}`);
  const listing = (name: string) => ({ ...weather, name, path: name, schema: { enum: [{}, ...texts] } });
  expect(() => readingOf({ tools: [listing('a')] })).not.toThrow();
  expect(() => readingOf({ tools: [listing('a'), listing('b')] })).toThrow(/^b.enum: .*10000 values/);
});
