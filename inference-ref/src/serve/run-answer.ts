// What every generated answer has in common: it takes over the raw response, gives up when the client leaves, names its
// phases in `server-timing`, and answers errors as long as nothing was sent.

import type { ServerResponse } from 'node:http';
import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyReply } from 'fastify';
import type { Generation, GenerationSink } from './generation.ts';
import { onceClosed } from './once-closed.ts';
import { retryAfterOf } from './openai-error.ts';
import { serverTiming } from './sse-reply.ts';

export interface RunAnswerOptions {
  readonly reply: FastifyReply;
  readonly headers: Readonly<Record<string, string>>;
  readonly errorBody: (error: TollgateError) => object;
  readonly start: (sink: GenerationSink) => Generation;
}

export interface AnswerOutlet {
  readonly raw: ServerResponse;
  readonly generation: () => Generation | null;
  /** Of a successful answer, with the phases known by now. */
  readonly headers: () => Record<string, string>;
  readonly sendJson: (body: object) => void;
  readonly fail: (error: TollgateError) => void;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** Resolves when the response is closed, by us or by the client. */
export async function runAnswer(
  { reply, headers, errorBody, start }: RunAnswerOptions,
  createSink: (outlet: AnswerOutlet) => GenerationSink,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  let generation: Generation | null = null;
  const allHeaders = () => ({ ...headers, 'server-timing': serverTiming(phasesOf(generation)) });
  await new Promise<void>((closed) => {
    let isOver = false;
    onceClosed(reply.request.raw, raw, () => {
      isOver = true;
      generation?.cancel();
      closed();
    });
    const sink = createSink({
      raw,
      generation: () => generation,
      headers: allHeaders,
      sendJson(body) {
        raw.writeHead(200, { ...JSON_TYPE, ...allHeaders() });
        raw.end(JSON.stringify(body));
      },
      fail(error) {
        raw.writeHead(error.statusCode, { ...JSON_TYPE, ...headers, ...retryAfterOf(error) });
        raw.end(JSON.stringify(errorBody(error)));
      },
    });
    generation = start(sink);
    if (isOver) generation.cancel();
  });
}

function phasesOf(generation: Generation | null): Record<string, number> {
  if (generation === null) return {};
  const { queueMs, prefillMs, decodeMs } = generation.timing;
  return { queue: queueMs, prefill: prefillMs, decode: decodeMs };
}
