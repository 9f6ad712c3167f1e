// What every contender is asked: the same requests, byte for byte.

export const STREAM_CHUNKS = 64;
export const DRIP_INTERVAL_MS = 100;
export type Workload = 'whole' | 'stream';

/** A chat request of about 2 kB, as an SDK writes it, to a path that ends in the workload's name. */
export function requestBytes(workload: string, port: number): Buffer {
  const body = JSON.stringify({
    model: 'bench-model',
    messages: [
      { role: 'system', content: 'You are a helpful assistant. '.repeat(20) },
      { role: 'user', content: 'Tell me about the weather in a few words. '.repeat(28) },
    ],
    temperature: 0.7,
    max_tokens: 256,
    ...(workload === 'whole' ? {} : { stream: true, stream_options: { include_usage: true } }),
  });
  const head = [
    `POST /${workload}/v1/chat/completions HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Authorization: Bearer sk-benchmark-benchmark-benchmark',
    'Accept: application/json',
    'User-Agent: bench/1',
    'x-tollgate-team: bench',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
