// Fields that other servers know and that would change the answer. Passing over them would answer another question than
// the one that was asked, so they are refused by name.

import { errUnsupported, withParam } from './openai-error.ts';

const USE_FORMAT = 'use response_format';

/** Each with what to do instead. */
const refused: Readonly<Record<string, string>> = {
  functions: 'send tools',
  function_call: 'send tool_choice',
  audio: 'this server answers in text',
  web_search_options: 'this server searches nothing',
  guided_json: USE_FORMAT,
  guided_regex: USE_FORMAT,
  guided_choice: USE_FORMAT,
  guided_grammar: USE_FORMAT,
  structured_outputs: USE_FORMAT,
  use_beam_search: 'answers are sampled',
  prompt_logprobs: 'logprobs are given of the answer alone',
  bad_words: 'use logit_bias',
  allowed_token_ids: 'use logit_bias',
  truncate_prompt_tokens: 'shorten the prompt',
  suffix: 'send what comes before alone',
};

export function refuseFields(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, value] of Object.entries(body)) {
    const hint = Object.hasOwn(refused, name) ? refused[name] : undefined;
    const isSet = value !== null && value !== false && value !== '';
    if (hint !== undefined && isSet)
      throw withParam(errUnsupported(`${name} is not supported`, { hint }), name);
  }
}
