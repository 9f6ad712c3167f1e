// The bytes of the stream benchmark, framed for HTTP/1.1. Each event is a chat delta whose text is the time it was written.

export const INTERVAL_PARAMETER = 'interval';
export const TIME_MARK = Buffer.from('"content":"');
/** Digits of the time in microseconds. */
export const TIME_DIGITS = 15;
export const STREAM_END = Buffer.from('0\r\n\r\n');

export const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
);

const base = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_760_000_000,
  model: 'bench-model',
};

/** One clock for all processes of a host. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export function eventAt(micros: number): Buffer {
  const content = String(micros).padStart(TIME_DIGITS, '0');
  return framed(
    `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`,
  );
}

export const endOfStream = Buffer.concat([
  framed(
    `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
  ),
  framed(
    `data: ${JSON.stringify({ ...base, choices: [], usage: { prompt_tokens: 420, completion_tokens: 64, total_tokens: 484 } })}\n\n`,
  ),
  framed('data: [DONE]\n\n'),
  STREAM_END,
]);

function framed(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
