// `tools` and `tool_choice` of a chat request: which tools the answer may call, whether it must, and the grammar of that.

import { z } from 'zod';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import type { ToolSpec } from '../grammar/tool-call-grammar.ts';
import { errRequestInvalid, errUnsupported, requestError, withParam } from './openai-error.ts';
import { checkedGrammar } from './response-format.ts';

const MAX_TOOLS = 128;
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'letters, digits, _ and -, at most 64');

export const toolFields = {
  tools: z
    .array(z.looseObject({ type: z.string() }))
    .max(MAX_TOOLS)
    .nullish(),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};
const fieldsSchema = z.object(toolFields);

const functionSchema = z.object({
  type: z.literal('function'),
  function: z.object({
    name: toolName,
    description: z.string().nullish(),
    parameters: z.unknown().optional(),
    strict: z.boolean().nullish(),
  }),
});
const namedChoice = z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) });

export interface ToolPlan {
  readonly format: ToolCallFormat;
  readonly grammar: string;
  /** What the chat template is shown. */
  readonly shown: readonly unknown[];
}

/** Null where no tool may be called. */
export function chatToolPlan(body: z.infer<typeof fieldsSchema>, format: ToolCallFormat): ToolPlan | null {
  const tools = body.tools ?? [];
  const choice = body.tool_choice ?? 'auto';
  if (choice === 'none') return null;
  if (tools.length === 0) {
    if (choice === 'auto') return null;
    throw withParam(errRequestInvalid('tool_choice asks for a call, but there are no tools'), 'tool_choice');
  }
  const specs = tools.map(specOf);
  const wanted = typeof choice === 'string' ? null : chosenName(choice);
  return planTools(specs, {
    format,
    wanted,
    isRequired: choice !== 'auto',
    isParallel: body.parallel_tool_calls ?? true,
    shown: tools,
  });
}

interface PlanOptions {
  readonly format: ToolCallFormat;
  /** The only tool that may be called; null for any. */
  readonly wanted: string | null;
  readonly isRequired: boolean;
  readonly isParallel: boolean;
  readonly shown: readonly unknown[];
}

export function planTools(specs: readonly ToolSpec[], options: PlanOptions): ToolPlan {
  const { format, wanted, isRequired, isParallel, shown } = options;
  const twice = specs.find(({ name }, index) => specs.findIndex((each) => each.name === name) !== index);
  if (twice !== undefined) throw withParam(errRequestInvalid(`two tools are called ${twice.name}`), 'tools');
  const tools = wanted === null ? specs : specs.filter(({ name }) => name === wanted);
  if (tools.length === 0) throw withParam(errRequestInvalid(`there is no tool ${wanted}`), 'tool_choice');
  // One tool that was asked for by name is called once.
  const several = isParallel && wanted === null;
  const spec = { kind: 'tool_calls', format, tools, isRequired, isParallel: several } as const;
  return { format, shown, grammar: checkedGrammar(spec, 'tools') };
}

function specOf(tool: Readonly<Record<string, unknown>>, index: number): ToolSpec {
  const path = `tools.${index}`;
  if (tool['type'] !== 'function')
    throw withParam(errUnsupported(`tools of type ${tool['type']} are not supported`), path);
  const parsed = functionSchema.safeParse(tool);
  if (!parsed.success) throw requestError(parsed.error, path);
  const { name, parameters, strict } = parsed.data.function;
  return { name, schema: parameters ?? null, isStrict: strict ?? false, path: `${path}.function.parameters` };
}

function chosenName(choice: Readonly<Record<string, unknown>>): string {
  const parsed = namedChoice.safeParse(choice);
  if (parsed.success) return parsed.data.function.name;
  const hint = "send none, auto, required or {'type': 'function', 'function': {'name': …}}";
  throw withParam(errUnsupported(`this tool_choice is not supported`, { hint }), 'tool_choice');
}
