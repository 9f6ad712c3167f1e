// How a model writes a call of a tool into its answer. Models say it in their chat templates: most wrap JSON in
// <tool_call> tags, Llama 3 writes bare JSON. Where a template says nothing, bare JSON it is.

export interface ToolCallFormat {
  /** Begins a call anywhere in the text; '' where the whole answer is a call, then the first character tells. */
  readonly marker: string;
  /** Between the marker and the call, and after the call. */
  readonly open: string;
  readonly close: string;
  readonly argumentsField: 'arguments' | 'parameters';
}

const tagged: ToolCallFormat = {
  marker: '<tool_call>',
  open: '\n',
  close: '\n</tool_call>',
  argumentsField: 'arguments',
};
const bare: ToolCallFormat = { marker: '', open: '', close: '', argumentsField: 'arguments' };

export function toolCallFormatOf(chatTemplate: string | null): ToolCallFormat {
  if (chatTemplate?.includes('<tool_call>') === true) return tagged;
  const isLlama = chatTemplate?.includes('ipython') === true && chatTemplate.includes('"parameters"');
  return isLlama ? { ...bare, argumentsField: 'parameters' } : bare;
}

/** What stands before a tool's name and between it and the arguments: fixed, so that readers need not search. */
export function callFrame({ argumentsField }: ToolCallFormat): {
  before: string;
  between: string;
  after: string;
} {
  return { before: '{"name": "', between: `", "${argumentsField}": `, after: '}' };
}
