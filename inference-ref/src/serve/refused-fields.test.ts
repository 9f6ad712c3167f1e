import { describe, expect, it } from 'vitest';
import { refuseFields, refuseMessageFields } from './refused-fields.ts';

describe('fields of OpenAI’s API and vLLM’s', () => {
  it.each([
    { include_stop_str_in_output: true },
    { continue_final_message: true },
    { chat_template: '{{ messages }}' },
    { skip_special_tokens: false },
    { return_token_ids: true },
    { return_tokens_as_token_ids: true },
    { length_penalty: 0.5 },
    { prompt_embeds: 'AAAA' },
    { bad_words: ['whale'] },
    { allowed_token_ids: [] },
    { guided_json: {} },
  ])('%j is refused by name', (body) => {
    expect(() => refuseFields(body)).toThrow(`${Object.keys(body)[0]} is not supported`);
  });

  it.each<object>([
    { include_stop_str_in_output: false, continue_final_message: false, chat_template: null },
    { skip_special_tokens: true, return_token_ids: null, return_tokens_as_token_ids: false },
    { length_penalty: 1, prompt_embeds: null, bad_words: [], functions: [], suffix: '' },
    { temperature: 1, thinking: { type: 'enabled' }, constructor: 1 },
  ])('%j changes nothing', (body) => expect(() => refuseFields(body)).not.toThrow());
});

describe('fields of Anthropic’s API', () => {
  it.each([
    { thinking: { type: 'enabled', budget_tokens: 1024 } },
    { thinking: { type: 'adaptive' } },
    { output_format: { type: 'json_schema' } },
    { mcp_servers: [{ type: 'url' }] },
    { container: 'c' },
  ])('%j is refused by name', (body) => {
    expect(() => refuseMessageFields(body)).toThrow(`${Object.keys(body)[0]} is not supported`);
  });

  it.each([{ thinking: { type: 'disabled' } }, { thinking: null }, { mcp_servers: [] }])(
    '%j changes nothing',
    (body) => expect(() => refuseMessageFields(body)).not.toThrow(),
  );
});
