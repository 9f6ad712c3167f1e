import { describe, expect, it } from 'vitest';
import { messageFormatGrammar } from './message-format.ts';
import { formatGrammar, responseFormatField } from './response-format.ts';

const schema = { type: 'integer' };

describe('response_format', () => {
  const grammarOf = (format: unknown) => formatGrammar(responseFormatField.parse(format));

  it('says what a json_schema lacks', () => {
    for (const format of [
      { type: 'json_schema' },
      ...['x', null].map((each) => ({ type: 'json_schema', json_schema: each })),
    ])
      expect(() => grammarOf(format)).toThrow(/response_format.json_schema is missing or no object/);
    expect(() => grammarOf({ type: 'regex' })).toThrow('response_format regex is not supported');
  });

  it('is a grammar, or null for any text', () => {
    expect(grammarOf({ type: 'text' })).toBeNull();
    expect(grammarOf({ type: 'json_schema', json_schema: { name: 'n', schema } })).toMatch(/integer/);
  });
});

describe('output_config.format', () => {
  const alone = { hasTools: false, continuesMessage: false };
  const format = { type: 'json_schema', schema };

  it('is the same grammar that OpenAI’s field has, with its own paths', () => {
    expect(JSON.parse(messageFormatGrammar({ format }, alone) ?? '')).toEqual({
      ...{ kind: 'json_schema', schema, path: 'output_config.format.schema' },
    });
    const pattern = { type: 'json_schema', schema: { type: 'string', pattern: 'a' } };
    expect(() => messageFormatGrammar({ format: pattern }, alone)).toThrow(
      'output_config.format.schema.pattern: is not supported',
    );
    expect(messageFormatGrammar({ effort: 'low' }, alone)).toBeNull();
    expect(messageFormatGrammar(null, alone)).toBeNull();
  });

  it.each([
    [{ format: { type: 'xml' } }, alone, /of type xml is not supported/],
    [{ format: { type: 'json_schema' } }, alone, /has no schema/],
    [{ format }, { ...alone, hasTools: true }, /beside tools/],
    [{ format }, { ...alone, continuesMessage: true }, /for an answer that was begun/],
  ])('%j beside %j is refused', (config, beside, words) =>
    expect(() => messageFormatGrammar(config, beside)).toThrow(words),
  );
});
