// The canary's thread: an upstream that answers at once, and a client that calls it directly and through the sidecar by
// turns. In a thread, since a client inside the sidecar's own event loop could not see what waits for it; in plain
// JavaScript, since loading the compiler would cost the thread 30 MB more.
import { Agent, createServer, request } from 'node:http';
import { parentPort } from 'node:worker_threads';

/** @typedef {{ readonly sidecarUrl: string, readonly path: string, readonly pairs: number }} CanaryOrder */

const HOST = '127.0.0.1';
const TIMEOUT_MS = 10_000;
const QUESTION = JSON.stringify({
  model: 'canary',
  messages: [{ role: 'user', content: 'Is anybody there? '.repeat(100) }],
});
const ANSWER = JSON.stringify({
  id: 'canary',
  object: 'chat.completion',
  model: 'canary',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'All is well. '.repeat(60) }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 400, completion_tokens: 180, total_tokens: 580 },
});

const responder = createServer((question, answer) => {
  question.resume().on('end', () => {
    answer.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(ANSWER),
    });
    answer.end(ANSWER);
  });
});

/**
 * One call; resolves with its milliseconds, from the request's first byte to the answer's last.
 * @param {string} url
 * @param {Agent} agent
 * @returns {Promise<number>}
 */
function call(url, agent) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sending = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(QUESTION) },
    });
    sending.setTimeout(TIMEOUT_MS, () => sending.destroy(new Error('no answer in time')));
    sending.on('error', reject);
    sending.on('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
      answer.on('error', reject);
      answer.resume().on('end', () => resolve(performance.now() - startedAt));
    });
    sending.end(QUESTION);
  });
}

/**
 * Pairs of calls on kept connections, made anew each round so that every worker has its turn. Who goes first alternates.
 * @param {CanaryOrder} order
 * @param {string} responderUrl
 */
async function takeRound({ sidecarUrl, path, pairs }, responderUrl) {
  const agents = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const urls = [`${responderUrl}/v1/chat/completions`, `${sidecarUrl}${path}`];
  /** @type {[number[], number[]]} */
  const milliseconds = [[], []];
  try {
    for (let turn = 0; turn <= pairs; turn += 1) {
      for (const side of turn % 2 === 0 ? [0, 1] : [1, 0]) {
        const took = await call(urls[side] ?? '', agents[side] ?? new Agent());
        // The first of each side opens its connection.
        if (turn > 0) milliseconds[side]?.push(took);
      }
    }
    const [direct, proxied] = milliseconds;
    parentPort?.postMessage({ kind: 'round', direct, proxied });
  } catch (error) {
    parentPort?.postMessage({
      kind: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    });
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

responder.listen(0, HOST, () => {
  const address = responder.address();
  const url = `http://${HOST}:${typeof address === 'object' ? address?.port : 0}`;
  parentPort?.on('message', (order) => void takeRound(order, url));
  parentPort?.postMessage({ kind: 'ready', url });
});
