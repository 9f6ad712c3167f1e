// `output_config.format` of Anthropic's API: what the answer's text must look like.

import { z } from 'zod';
import { errRequestInvalid, errUnsupported, withParam } from './openai-error.ts';
import { checkedGrammar } from './response-format.ts';

const PARAM = 'output_config.format';

export const outputConfigField = z
  .looseObject({
    format: z.looseObject({ type: z.string(), schema: z.unknown().optional() }).nullish(),
  })
  .nullish();

/** What the format cannot stand beside. */
interface Beside {
  readonly hasTools: boolean;
  readonly continuesMessage: boolean;
}

/** Null where any text will do. */
export function messageFormatGrammar(
  config: z.infer<typeof outputConfigField>,
  { hasTools, continuesMessage }: Beside,
): string | null {
  const format = config?.format ?? null;
  if (format === null) return null;
  if (format.type !== 'json_schema') {
    const hint = 'json_schema is';
    throw withParam(errUnsupported(`${PARAM} of type ${format.type} is not supported`, { hint }), PARAM);
  }
  if (format.schema === undefined)
    throw withParam(errRequestInvalid(`${PARAM} has no schema`), `${PARAM}.schema`);
  if (hasTools) {
    const hint = "send tool_choice {'type': 'none'} to have an answer in that format";
    throw withParam(errUnsupported(`${PARAM} beside tools is not supported`, { hint }), PARAM);
  }
  if (continuesMessage) {
    const hint = "end with a message of the user's";
    throw withParam(
      errUnsupported(`${PARAM} for an answer that was begun is not supported`, { hint }),
      PARAM,
    );
  }
  return checkedGrammar({ kind: 'json_schema', schema: format.schema, path: `${PARAM}.schema` }, PARAM);
}
