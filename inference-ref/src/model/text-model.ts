// The text side of a model: chat template and tokenizer. Synchronous and heavy on long texts, so it runs in a worker.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import type { TokenBytes } from '../engine/token-text.ts';
import { type ToolCallFormat, toolCallFormatOf } from '../grammar/tool-call-format.ts';
import { errContextExceeded } from '../serve/openai-error.ts';
import { createFinalMessage, errChatTemplate } from './final-message.ts';
import { createGuardedTokenizer } from './guarded-tokenizer.ts';
import { errModelInvalid } from './model-directory.ts';
import { readSpecialTokens, readTokenBytes, type SpecialTokens } from './token-bytes.ts';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly [extra: string]: unknown;
}

export interface ChatPrompt {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly unknown[];
  /** Of the rendered text; more cannot fit the model's context. */
  readonly maxTextBytes: number;
  /** Shows the model where its answer starts. */
  readonly addGenerationPrompt: boolean;
  /** Ends the prompt where the last message's content ends, so that the answer continues it. */
  readonly continueFinalMessage?: boolean;
}

export interface TextModel {
  readonly tokenBytes: TokenBytes;
  readonly specialTokens: SpecialTokens;
  readonly toolCallFormat: ToolCallFormat;
  encode(text: string, addSpecialTokens: boolean): Int32Array;
  encodeChat(prompt: ChatPrompt): Int32Array;
  decode(tokens: readonly number[]): string;
}

export function createTextModel(directory: string): TextModel {
  const tokenizerJson = readJsonFile(join(directory, 'tokenizer.json'));
  const config = readJsonFile(join(directory, 'tokenizer_config.json'));
  const tokenizer = new Tokenizer(tokenizerJson, config);
  const guarded = createGuardedTokenizer(tokenizerJson, config);
  const templateText = readTemplate(directory, config);
  const template = templateText === null ? null : new Template(templateText);
  const finalMessage = createFinalMessage();
  const encode = (text: string, addSpecialTokens: boolean) =>
    Int32Array.from(tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids);
  const tokenText = (key: string) => {
    const token = config[key];
    return typeof token === 'string' ? token : isRecord(token) ? token['content'] : undefined;
  };
  return {
    tokenBytes: readTokenBytes(tokenizerJson),
    specialTokens: readSpecialTokens(tokenizerJson),
    toolCallFormat: toolCallFormatOf(templateText),
    encode,
    encodeChat({ messages, tools, addGenerationPrompt, continueFinalMessage = false, maxTextBytes }) {
      if (template === null)
        throw errChatTemplate('this model has no chat template', { hint: 'use /v1/completions' });
      let text: string;
      const masked = guarded.mask({ messages, tools });
      try {
        text = template.render({
          ...masked,
          ...(continueFinalMessage ? { messages: finalMessage.mark(masked.messages) } : {}),
          add_generation_prompt: addGenerationPrompt,
          bos_token: tokenText('bos_token'),
          eos_token: tokenText('eos_token'),
        });
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw errChatTemplate(`the model's chat template refuses these messages: ${reason}`, { cause });
      }
      if (continueFinalMessage) text = finalMessage.cut(text);
      if (Buffer.byteLength(text) > maxTextBytes) {
        const hint = 'shorten messages and tools';
        throw errContextExceeded(`the rendered prompt has more than ${maxTextBytes} bytes`, { hint });
      }
      return Int32Array.from(guarded.encode(text));
    },
    decode: (tokens) =>
      tokens.length === 0 ? '' : tokenizer.decode([...tokens], { skip_special_tokens: false }),
  };
}

function readTemplate(directory: string, config: Record<string, unknown>): string | null {
  const file = join(directory, 'chat_template.jinja');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const inline = config['chat_template'];
  if (typeof inline === 'string') return inline;
  if (!Array.isArray(inline)) return null;
  const named = inline.find((entry) => isRecord(entry) && entry['name'] === 'default');
  return isRecord(named) && typeof named['template'] === 'string' ? named['template'] : null;
}

function readJsonFile(file: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isRecord(content)) return content;
  } catch (cause) {
    throw errModelInvalid(`cannot read ${file}`, { cause });
  }
  throw errModelInvalid(`${file} holds no object`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
