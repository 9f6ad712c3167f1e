// Own prompts and ShareGPT files. Reads `.txt` (a prompt a line), `.jsonl` ({prompt|messages, max_tokens?, …variables}) and
// ShareGPT JSON ([{conversations: [{from, value}]}]); every wrong line is reported together.
import { readFileSync } from 'node:fs';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import type { ChatMessage } from '../wire/dialect.ts';
import { fillTemplate } from './prompt-template.ts';
import type { Random } from './random.ts';
import { nonceOf, type Workload } from './workload.ts';

const errPromptFile = defineError('TG_LOADTEST_PROMPTS', 400);

const Message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const PromptLine = z
  .object({
    prompt: z.string().optional(),
    messages: z.array(Message).optional(),
    max_tokens: z.int().positive().optional(),
  })
  .catchall(z.unknown())
  .refine(
    (line) => (line.prompt === undefined) !== (line.messages === undefined),
    'needs prompt or messages',
  );
const ShareGpt = z.array(
  z.object({ conversations: z.array(z.object({ from: z.string(), value: z.string() })) }).loose(),
);

export interface StoredPrompt {
  /** User turns with what stands before them; more than one for a conversation. */
  readonly turns: readonly (readonly ChatMessage[])[];
  readonly maxOutputTokens: number | null;
  readonly variables: Readonly<Record<string, string | number>>;
}

/** Throws TG_LOADTEST_PROMPTS naming each wrong line. */
export function readPromptFile(path: string): StoredPrompt[] {
  const text = readText(path);
  const prompts = path.endsWith('.json')
    ? readShareGpt(text, path)
    : path.endsWith('.jsonl')
      ? readJsonLines(text, path)
      : nonEmptyLines(text).map(plainPrompt);
  if (prompts.length === 0) throw errPromptFile(`${path} holds no prompt`);
  return prompts;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw errPromptFile(`cannot read ${path}`, { cause, hint: 'check the path given with --prompts' });
  }
}

function nonEmptyLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function plainPrompt(content: string): StoredPrompt {
  return { turns: [[{ role: 'user', content }]], maxOutputTokens: null, variables: {} };
}

function readJsonLines(text: string, path: string): StoredPrompt[] {
  const problems: string[] = [];
  const prompts = nonEmptyLines(text).flatMap((line, index) => {
    const parsed = PromptLine.safeParse(parseJson(line));
    if (parsed.success) return [storedPrompt(parsed.data)];
    problems.push(`line ${index + 1}: ${parsed.error.issues[0]?.message ?? 'wrong'}`);
    return [];
  });
  if (problems.length > 0)
    throw errPromptFile(`${path} has ${problems.length} wrong line(s):\n  ${problems.join('\n  ')}`);
  return prompts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function storedPrompt({ prompt, messages, max_tokens, ...rest }: z.infer<typeof PromptLine>): StoredPrompt {
  const variables = Object.fromEntries(
    Object.entries(rest).filter((entry): entry is [string, string | number] =>
      ['string', 'number'].includes(typeof entry[1]),
    ),
  );
  return {
    turns: [messages ?? [{ role: 'user', content: prompt ?? '' }]],
    maxOutputTokens: max_tokens ?? null,
    variables,
  };
}

/** Four characters a token is only a bound for the answer's length here: the counts reported are the server's. */
const CHARACTERS_PER_TOKEN = 4;

function readShareGpt(text: string, path: string): StoredPrompt[] {
  const parsed = ShareGpt.safeParse(parseJson(text));
  if (!parsed.success)
    throw errPromptFile(`${path} is no ShareGPT file: ${parsed.error.issues[0]?.message ?? 'wrong shape'}`);
  return parsed.data.flatMap(({ conversations }) => {
    const asked = conversations.filter(({ from }) => from === 'human' || from === 'user');
    const answer = conversations.find(({ from }) => from === 'gpt' || from === 'assistant');
    if (asked.length === 0) return [];
    const turns = asked.map(({ value }): ChatMessage[] => [{ role: 'user', content: value }]);
    const answerTokens = Math.ceil((answer?.value.length ?? 0) / CHARACTERS_PER_TOKEN);
    return [{ turns, maxOutputTokens: answerTokens > 0 ? answerTokens : null, variables: {} }];
  });
}

export interface PromptFileWorkloadOptions {
  readonly prompts: readonly StoredPrompt[];
  readonly runNonce: string;
  readonly nonce: boolean;
  /** Overrides what the file says. */
  readonly maxOutputTokens: ((random: Random) => number) | null;
  readonly random: Random;
}

/** Goes round the prompts in order; a nonce stands before the first message unless the template places it. */
export function createPromptFileWorkload(options: PromptFileWorkloadOptions): Workload {
  const { prompts, random } = options;
  const histories = new Map<number, ChatMessage[]>();
  return {
    keepsText: prompts.some((prompt) => prompt.turns.length > 1),
    next: ({ index, session, turn }) => {
      const stored = prompts[(session ?? index) % prompts.length];
      const nonce = options.nonce ? nonceOf(options.runNonce, session ?? index) : '';
      const input = { nonce, index, variables: stored?.variables ?? {}, random };
      const messages = (stored?.turns[turn % (stored.turns.length || 1)] ?? []).map((message, position) => {
        const content = fillTemplate(message.content, input);
        const placed = nonce === '' || turn > 0 || position > 0 || content.includes(nonce);
        return { ...message, content: placed ? content : `${nonce} ${content}` };
      });
      const history = session === null ? [] : (histories.get(session) ?? []);
      history.push(...messages);
      if (session !== null) histories.set(session, history);
      return {
        messages: [...history],
        maxOutputTokens: options.maxOutputTokens?.(random) ?? stored?.maxOutputTokens ?? null,
        requestedInputTokens: null,
        cacheExpected: !options.nonce || session !== null,
      };
    },
    answered: (session, _turn, text) => {
      histories.get(session)?.push({ role: 'assistant', content: text });
    },
  };
}
