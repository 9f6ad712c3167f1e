// Asks the tokenising thread, several texts a message where they come together.

import type { Worker } from 'node:worker_threads';
import { defineError, TollgateError } from '@tollgate/service-kit/tollgate-error';
import { startWorker } from '../engine/start-worker.ts';
import type { TokenBytes } from '../engine/token-text.ts';
import type { ChatPrompt } from './text-model.ts';

export const errTextWorkerDied = defineError('TG_TEXT_WORKER_DIED', 500);

export interface TextWorkerData {
  readonly directory: string;
}

export type TextJob = { readonly id: number } & TextWork;
type TextWork =
  | { readonly kind: 'encode'; readonly text: string; readonly addSpecialTokens: boolean }
  | { readonly kind: 'chat'; readonly prompt: ChatPrompt }
  | { readonly kind: 'decode'; readonly tokens: readonly number[] };

interface TextFailure {
  readonly code: string;
  readonly statusCode: number;
  readonly message: string;
  readonly hint: string | undefined;
}

export type TextAnswer = {
  readonly id: number;
  readonly tokens?: Int32Array;
  readonly text?: string;
  readonly error?: TextFailure;
};

export interface TextClient {
  /** The table that turns ids into bytes; resolves once the tokenizer is loaded. */
  tokenBytes(): Promise<TokenBytes>;
  encode(text: string, addSpecialTokens: boolean): Promise<Int32Array>;
  encodeChat(prompt: ChatPrompt): Promise<Int32Array>;
  decode(tokens: readonly number[]): Promise<string>;
  stop(): Promise<void>;
}

export function createTextClient(directory: string): TextClient {
  const waiting = new Map<number, (answer: TextAnswer) => void>();
  let outbox: TextJob[] = [];
  let nextId = 1;
  let death: TollgateError | null = null;
  const data: TextWorkerData = { directory };
  const worker: Worker = startWorker(new URL('./text-worker.ts', import.meta.url), data);

  const loaded = new Promise<TokenBytes>((resolve, reject) => {
    worker.once('message', (message: { tokenBytes: TokenBytes }) => {
      worker.on('message', (answers: readonly TextAnswer[]) => {
        for (const answer of answers) settle(answer);
      });
      resolve(message.tokenBytes);
    });
    const die = (cause: unknown) => {
      death ??= errTextWorkerDied(`the tokenizer of ${directory} ended: ${String(cause)}`, { cause });
      const { code, statusCode, message, hint } = death;
      reject(death);
      for (const id of [...waiting.keys()]) settle({ id, error: { code, statusCode, message, hint } });
    };
    worker.once('error', die);
    worker.once('exit', (code) => die(`exit code ${code}`));
  });
  loaded.catch(() => undefined);

  const settle = (answer: TextAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  const flush = () => {
    worker.postMessage(outbox);
    outbox = [];
  };
  const ask = async (work: TextWork): Promise<TextAnswer> => {
    if (death !== null) throw death;
    const id = nextId++;
    const answered = new Promise<TextAnswer>((resolve) => waiting.set(id, resolve));
    if (outbox.length === 0) queueMicrotask(flush);
    outbox.push({ id, ...work });
    const answer = await answered;
    if (answer.error === undefined) return answer;
    const { code, statusCode, message, hint } = answer.error;
    throw new TollgateError(code, statusCode, message, hint === undefined ? {} : { hint });
  };

  return {
    tokenBytes: async () => await loaded,
    encode: async (text, addSpecialTokens) => tokensOf(await ask({ kind: 'encode', text, addSpecialTokens })),
    encodeChat: async (prompt) => tokensOf(await ask({ kind: 'chat', prompt })),
    decode: async (tokens) => (await ask({ kind: 'decode', tokens })).text ?? '',
    stop: async () => void (await worker.terminate()),
  };
}

function tokensOf(answer: TextAnswer): Int32Array {
  return answer.tokens ?? new Int32Array(0);
}
