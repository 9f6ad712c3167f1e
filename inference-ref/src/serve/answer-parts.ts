// Turns the text of one choice into the parts of an answer: text and, where tools may be called, calls.

import { randomUUID } from 'node:crypto';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import type { ChunkContent, CollectedToolCall } from './completion-dialect.ts';
import { createToolCallReader } from './tool-call-reader.ts';

export interface AnswerParts {
  readonly hasCalls: boolean;
  push(text: string): readonly ChunkContent[];
  /** With what was held back. */
  finish(text: string): readonly ChunkContent[];
}

/** `idPrefix` is what the API's own ids of calls begin with. */
export function createAnswerParts(format: ToolCallFormat | null, idPrefix: string): AnswerParts {
  if (format === null) {
    const asText = (text: string): readonly ChunkContent[] => (text === '' ? [] : [{ kind: 'text', text }]);
    return { hasCalls: false, push: asText, finish: asText };
  }
  const reader = createToolCallReader(format);
  const named = (parts: ReturnType<typeof reader.push>): ChunkContent[] =>
    parts.map((part) =>
      part.kind === 'call'
        ? { ...part, id: `${idPrefix}${randomUUID().replaceAll('-', '').slice(0, 24)}` }
        : part,
    );
  return {
    get hasCalls() {
      return reader.calls > 0;
    },
    push: (text) => named(reader.push(text)),
    finish: (text) => named([...reader.push(text), ...reader.finish()]),
  };
}

/** Parts put together again. */
export function collectParts(parts: readonly ChunkContent[]): {
  text: string;
  toolCalls: CollectedToolCall[];
} {
  let text = '';
  const toolCalls: CollectedToolCall[] = [];
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'call')
      toolCalls[part.index] = { id: part.id, name: part.name, argumentsText: '' };
    else {
      const call = toolCalls[part.index];
      if (call !== undefined)
        toolCalls[part.index] = { ...call, argumentsText: call.argumentsText + part.text };
    }
  }
  return { text, toolCalls };
}
