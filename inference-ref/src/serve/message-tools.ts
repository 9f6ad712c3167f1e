// `tools` and `tool_choice` of Anthropic's API.

import { z } from 'zod';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import { planTools, type ToolPlan, toolName } from './chat-tools.ts';
import { errRequestInvalid, errUnsupported, withParam } from './openai-error.ts';

const MAX_TOOLS = 128;
const tool = z.object({
  /** Others are tools that Anthropic runs itself. */
  type: z.string().nullish(),
  name: toolName,
  description: z.string().nullish(),
  input_schema: z.unknown().optional(),
  strict: z.boolean().nullish(),
});

export const messageToolFields = {
  tools: z.array(tool).max(MAX_TOOLS).nullish(),
  tool_choice: z
    .object({
      type: z.enum(['auto', 'any', 'tool', 'none']),
      name: z.string().nullish(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
};
const fieldsSchema = z.object(messageToolFields);

/** Null where no tool may be called. */
export function messageToolPlan(body: z.infer<typeof fieldsSchema>, format: ToolCallFormat): ToolPlan | null {
  const tools = body.tools ?? [];
  const choice = body.tool_choice?.type ?? 'auto';
  if (choice === 'none') return null;
  if (tools.length === 0) {
    if (choice === 'auto') return null;
    throw withParam(errRequestInvalid('tool_choice asks for a call, but there are no tools'), 'tool_choice');
  }
  tools.forEach(({ type, name }, index) => {
    if ((type ?? 'custom') !== 'custom')
      throw withParam(
        errUnsupported(`the tool ${name} is of type ${type}, which this server has none of`),
        `tools.${index}`,
      );
  });
  // Null would be any tool.
  const wanted = choice === 'tool' ? (body.tool_choice?.name ?? '') : null;
  if (wanted === '') throw withParam(errRequestInvalid('tool_choice names no tool'), 'tool_choice.name');
  const specs = tools.map(({ name, input_schema: schema, strict }, index) => ({
    name,
    schema: schema ?? null,
    isStrict: strict ?? false,
    path: `tools.${index}.input_schema`,
  }));
  // Chat templates know OpenAI's shape.
  const shown = tools.map(({ name, description, input_schema: parameters }) => ({
    type: 'function',
    function: { name, description: description ?? '', parameters: parameters ?? {} },
  }));
  const isParallel = body.tool_choice?.disable_parallel_tool_use !== true;
  return planTools(specs, { format, wanted, isRequired: choice !== 'auto', isParallel, shown });
}
