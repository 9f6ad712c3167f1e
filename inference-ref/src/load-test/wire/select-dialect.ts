// The API styles by the names that `--api` takes.
import { anthropicDialect } from './anthropic-dialect.ts';
import type { Dialect } from './dialect.ts';
import { geminiDialect } from './gemini-dialect.ts';
import { createOpenaiDialect } from './openai-dialect.ts';

export const API_STYLES = ['openai-chat', 'openai-completions', 'anthropic', 'gemini'] as const;
export type ApiStyle = (typeof API_STYLES)[number];

export function selectDialect(style: ApiStyle, maxTokensField: string): Dialect {
  switch (style) {
    case 'openai-chat':
      return createOpenaiDialect({ style: 'chat', maxTokensField });
    case 'openai-completions':
      return createOpenaiDialect({ style: 'completions', maxTokensField });
    case 'anthropic':
      return anthropicDialect;
    case 'gemini':
      return geminiDialect;
  }
}
