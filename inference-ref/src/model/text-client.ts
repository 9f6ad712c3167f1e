// Asks the tokenising thread, several texts a message where they come together.

import type { Worker } from 'node:worker_threads';
import { defineError, TollgateError } from '@tollgate/service-kit/tollgate-error';
import { startWorker } from '../engine/start-worker.ts';
import type { ChatPrompt, TextModel } from './text-model.ts';

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

/** What the tokenizer's files say: what ids mean, and how the model calls tools. */
export type TextFacts = Pick<TextModel, 'tokenBytes' | 'specialTokens' | 'toolCallFormat'>;

export interface TextClient {
  /** Resolves once the tokenizer is loaded. */
  facts(): Promise<TextFacts>;
  encode(text: string, addSpecialTokens: boolean): Promise<Int32Array>;
  encodeChat(prompt: ChatPrompt): Promise<Int32Array>;
  decode(tokens: readonly number[]): Promise<string>;
  stop(): Promise<void>;
  /** Has the thread end as by a fatal error; the next one starts in a moment. */
  kill(): Promise<void>;
}

const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 5_000;

/** A thread that dies fails what it was asked and is started again; one that never loaded is not. */
export function createTextClient(directory: string): TextClient {
  const waiting = new Map<number, (answer: TextAnswer) => void>();
  let outbox: TextJob[] = [];
  let nextId = 1;
  let stopped = false;
  let restartMs = FIRST_RESTART_MS;
  /** Null between a death and the next start; what is asked for then waits in the outbox. */
  let worker: Worker | null = null;

  const settle = (answer: TextAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  };
  const flush = () => {
    if (worker === null) return;
    worker.postMessage(outbox);
    outbox = [];
  };
  const start = (onLoaded: (facts: TextFacts) => void, onDeath: (error: TollgateError) => void) => {
    const data: TextWorkerData = { directory };
    const current = startWorker(new URL('./text-worker.ts', import.meta.url), data);
    let cause: unknown;
    current.on('message', (message: TextFacts | readonly TextAnswer[]) => {
      if ('tokenBytes' in message) onLoaded(message);
      else for (const answer of message) settle(answer);
    });
    current.once('error', (error) => {
      cause = error;
    });
    current.once('exit', (code) => {
      worker = null;
      outbox = [];
      const why = `the tokenizer of ${directory} ended: ${String(cause ?? `exit code ${code}`)}`;
      const death = errTextWorkerDied(why, { cause, hint: 'send the request again' });
      for (const id of [...waiting.keys()]) settle({ id, error: failureOf(death) });
      onDeath(death);
    });
    worker = current;
    if (outbox.length > 0) flush();
  };
  const restart = () => {
    if (stopped) return;
    const again = () => {
      if (!stopped) start(() => (restartMs = FIRST_RESTART_MS), restart);
    };
    setTimeout(again, restartMs);
    restartMs = Math.min(LONGEST_RESTART_MS, 2 * restartMs);
  };
  const loaded = new Promise<TextFacts>((resolve, reject) => {
    let onDeath: (error: TollgateError) => void = reject;
    start(
      (facts) => {
        onDeath = restart;
        resolve(facts);
      },
      (error) => onDeath(error),
    );
  });
  loaded.catch(() => undefined);

  const ask = async (work: TextWork): Promise<TextAnswer> => {
    if (stopped) throw errTextWorkerDied(`the tokenizer of ${directory} was stopped`);
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
    facts: async () => await loaded,
    encode: async (text, addSpecialTokens) => tokensOf(await ask({ kind: 'encode', text, addSpecialTokens })),
    encodeChat: async (prompt) => tokensOf(await ask({ kind: 'chat', prompt })),
    decode: async (tokens) => (await ask({ kind: 'decode', tokens })).text ?? '',
    async stop() {
      stopped = true;
      await worker?.terminate();
    },
    async kill() {
      await worker?.terminate();
    },
  };
}

function failureOf({ code, statusCode, message, hint }: TollgateError): TextFailure {
  return { code, statusCode, message, hint };
}

function tokensOf(answer: TextAnswer): Int32Array {
  return answer.tokens ?? new Int32Array(0);
}
