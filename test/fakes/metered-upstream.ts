// An OpenAI-compatible upstream whose every count is known: it answers with usage that follows from the request and keeps the sums.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReportedCall {
  readonly model: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

export interface MeteredUpstream {
  readonly url: string;
  /** What was reported for each answered call, in order of answering. */
  readonly calls: readonly ReportedCall[];
  readonly close: () => Promise<void>;
}

interface ChatRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly { readonly content: string }[];
}

/** Between the events of a stream that was asked for `slowly`: time enough to leave in the middle. */
const SLOW_GAP_MS = 400;

/** `answerDelayMs` spreads the events of an answer over time. */
export async function createMeteredUpstream({ answerDelayMs = 2 } = {}): Promise<MeteredUpstream> {
  const calls: ReportedCall[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, { calls, answerDelayMs }).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface AnswerContext {
  readonly calls: ReportedCall[];
  readonly answerDelayMs: number;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { calls, answerDelayMs }: AnswerContext,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as ChatRequest;
  const call = countsOf(body);
  const usage = {
    prompt_tokens: call.promptTokens,
    completion_tokens: call.completionTokens,
    total_tokens: call.promptTokens + call.completionTokens,
    prompt_tokens_details: { cached_tokens: call.cachedTokens },
    completion_tokens_details: { reasoning_tokens: call.reasoningTokens },
  };
  const base = { id: `chatcmpl-${calls.length}`, created: 1_700_000_000, model: call.model };
  await pause(answerDelayMs);
  if (body.stream !== true) {
    calls.push(call);
    const message = { role: 'assistant', content: 'a known answer' };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        ...base,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage,
      }),
    );
    return;
  }
  response.setHeader('content-type', 'text/event-stream');
  const send = (event: object): boolean =>
    response.write(`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...event })}\n\n`);
  const slow = body.messages[0]?.content.includes('slowly') === true;
  for (const word of ['a ', 'known ', 'answer']) {
    send({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] });
    await pause(slow ? SLOW_GAP_MS : answerDelayMs);
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  if (body.stream_options?.include_usage === true) send({ choices: [], usage });
  calls.push(call);
  response.end('data: [DONE]\n\n');
}

/** Counts that differ from call to call and follow from the request alone. */
function countsOf(body: Pick<ChatRequest, 'model' | 'messages'>): ReportedCall {
  const seed = Number(/\d+/.exec(body.messages[0]?.content ?? '')?.[0] ?? 0);
  const promptTokens = 20 + ((seed * 7) % 1000);
  const completionTokens = 5 + ((seed * 13) % 300);
  return {
    model: body.model,
    promptTokens,
    cachedTokens: seed % 3 === 0 ? Math.floor(promptTokens / 2) : 0,
    completionTokens,
    reasoningTokens: seed % 5 === 0 ? Math.floor(completionTokens / 3) : 0,
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
