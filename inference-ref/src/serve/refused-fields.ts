// Fields that other servers know and that would change the answer. Passing over them would answer another question than
// the one that was asked, so they are refused by name.

import { errUnsupported, withParam } from './openai-error.ts';

interface RefusedField {
  /** What to do instead. */
  readonly hint: string;
  /** Of a value that changes nothing. */
  readonly isHarmless: (value: unknown) => boolean;
}

type RefusedFields = Readonly<Record<string, RefusedField>>;

const isUnset = (value: unknown) =>
  value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
const ifSet = (hint: string): RefusedField => ({ hint, isHarmless: isUnset });
const unless = (harmless: unknown, hint: string): RefusedField => ({
  ...{ hint, isHarmless: (value) => value === null || value === harmless },
});

const USE_FORMAT = 'use response_format';

const openAiFields: RefusedFields = {
  functions: ifSet('send tools'),
  function_call: ifSet('send tool_choice'),
  audio: ifSet('this server answers in text'),
  web_search_options: ifSet('this server searches nothing'),
  guided_json: ifSet(USE_FORMAT),
  guided_regex: ifSet(USE_FORMAT),
  guided_choice: ifSet(USE_FORMAT),
  guided_grammar: ifSet(USE_FORMAT),
  structured_outputs: ifSet(USE_FORMAT),
  use_beam_search: ifSet('answers are sampled'),
  length_penalty: unless(1, 'answers are sampled, there are no beams to weigh'),
  prompt_logprobs: ifSet('logprobs are given of the answer alone'),
  prompt_embeds: ifSet('send the prompt as text or tokens'),
  bad_words: ifSet('use logit_bias'),
  // Empty, it would allow nothing.
  allowed_token_ids: unless(undefined, 'use logit_bias'),
  truncate_prompt_tokens: ifSet('shorten the prompt'),
  suffix: ifSet('send what comes before alone'),
  include_stop_str_in_output: ifSet('stop_reason names the stop text, which can be added'),
  skip_special_tokens: unless(true, 'special tokens are never shown in a text; logprobs name them'),
  return_token_ids: ifSet('logprobs show an answer token by token'),
  return_tokens_as_token_ids: ifSet('logprobs show an answer token by token'),
  chat_template: ifSet(
    "render it and send the text to /v1/completions, or put it into the model's directory",
  ),
  continue_final_message: ifSet('/v1/messages continues a last message of the assistant'),
};

const anthropicFields: RefusedFields = {
  thinking: {
    hint: "this model does not think before it answers: send {'type': 'disabled'}",
    isHarmless: (value) => isUnset(value) || (value as { type?: unknown }).type === 'disabled',
  },
  output_format: ifSet('send output_config.format'),
  mcp_servers: ifSet('this server calls none: send tools'),
  container: ifSet('this server runs no code'),
};

export function refuseFields(body: unknown): void {
  refuse(openAiFields, body);
}

export function refuseMessageFields(body: unknown): void {
  refuse(anthropicFields, body);
}

function refuse(fields: RefusedFields, body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, value] of Object.entries(body)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field !== undefined && !field.isHarmless(value))
      throw withParam(errUnsupported(`${name} is not supported`, { hint: field.hint }), name);
  }
}
