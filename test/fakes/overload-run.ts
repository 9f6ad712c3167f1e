// Offers a completion server many times what it can do, by the clock and whatever comes back, and tells what became of
// every request, of the server's memory and of its slots.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePrometheusText } from '@tollgate/inference-ref/load-test/context/prometheus-text';
import { Agent, request } from 'undici';

const OUTPUT_TOKENS = 60;
/** Requests that are sent together: a timer cannot be asked for more often. */
const TICK_MS = 5;
/** Every so many-th client gives up after a while. */
const LEAVERS = 10;
const LEAVES_AFTER_MS = 100;

export interface OverloadOptions {
  readonly url: string;
  readonly factor: number;
  readonly seconds: number;
  /** More than fit into the server at once, so that it is never idle while its capacity is measured. */
  readonly capacityConcurrency: number;
  readonly capacitySeconds: number;
}

export interface OverloadReport {
  readonly capacityPerSecond: number;
  readonly offeredPerSecond: number;
  readonly sent: number;
  /** Whole answers, and streams that came to their end, with all their tokens. */
  readonly answered: number;
  readonly refused: number;
  /** Clients that gave up before their answer had ended. */
  readonly left: number;
  /** Refusals without a usable `retry-after`. */
  readonly unadvised: number;
  /** What else happened, by its name: must be empty. */
  readonly other: Readonly<Record<string, number>>;
  readonly slowestHealthMs: number;
  readonly residentMb: { readonly before: number; readonly peak: number; readonly after: number };
  readonly slabTokens: number;
  /** From the last request sent to the next one answered. */
  readonly recoveredAfterMs: number;
  /** From the last request sent until no slot and no place in the queue was taken. */
  readonly idleAfterMs: number;
}

type Outcome = 'answered' | 'refused' | 'left' | 'unadvised' | `other: ${string}`;

export async function runOverload(options: OverloadOptions): Promise<OverloadReport> {
  const { url, factor, seconds } = options;
  const dispatcher = new Agent({ connections: null });
  const server = createServerView(url, dispatcher);
  try {
    const capacityPerSecond = await measureCapacity(options, dispatcher);
    await server.idle();
    const before = await server.metric('process_resident_memory_bytes');
    const watch = watchServer(server);
    const offeredPerSecond = factor * capacityPerSecond;
    const outcomes = await offer({ url, perSecond: offeredPerSecond, seconds, dispatcher });
    const offeredAt = performance.now();
    const recovered = firstAnswer(url, dispatcher).then(() => performance.now() - offeredAt);
    const idled = server.idle().then(() => performance.now() - offeredAt);
    const all = await Promise.all(outcomes);
    const [recoveredAfterMs, idleAfterMs] = await Promise.all([recovered, idled]);
    await server.idle();
    const { peak, slowestHealthMs } = await watch.stop();
    const after = await server.metric('process_resident_memory_bytes');
    return {
      ...{ capacityPerSecond, offeredPerSecond, sent: all.length, ...count(all) },
      ...{ slowestHealthMs, recoveredAfterMs, idleAfterMs },
      residentMb: { before: megabytes(before), peak: megabytes(peak), after: megabytes(after) },
      slabTokens: await server.metric('tollgate_inference_kv_slab_tokens'),
    };
  } finally {
    await dispatcher.close();
  }
}

function createServerView(url: string, dispatcher: Agent) {
  const read = async () => {
    const { body } = await request(`${url}/metrics`, { dispatcher });
    return parsePrometheusText(await body.text());
  };
  return {
    metric: async (name: string) => (await read()).get(name)?.sum ?? Number.NaN,
    async healthMs() {
      const startedAt = performance.now();
      const { body } = await request(`${url}/healthz`, { dispatcher });
      await body.dump();
      return performance.now() - startedAt;
    },
    async idle() {
      for (;;) {
        const samples = await read();
        const busy = ['vllm:num_requests_running', 'vllm:num_requests_waiting', 'llm_requests_in_progress'];
        if (busy.every((name) => (samples.get(name)?.sum ?? 0) === 0)) return;
        await delay(20);
      }
    },
  };
}

function watchServer(server: ReturnType<typeof createServerView>) {
  let watching = true;
  let peak = 0;
  let slowestHealthMs = 0;
  const watched = (async () => {
    while (watching) {
      slowestHealthMs = Math.max(slowestHealthMs, await server.healthMs());
      peak = Math.max(peak, await server.metric('process_resident_memory_bytes'));
      await delay(250);
    }
  })();
  return {
    async stop() {
      watching = false;
      await watched;
      return { peak, slowestHealthMs };
    },
  };
}

async function measureCapacity(options: OverloadOptions, dispatcher: Agent): Promise<number> {
  const { url, capacityConcurrency, capacitySeconds } = options;
  const startedAt = performance.now();
  const endsAt = startedAt + capacitySeconds * 1000;
  let answered = 0;
  const client = async () => {
    while (performance.now() < endsAt) if ((await ask(url, { dispatcher })) === 'answered') answered += 1;
  };
  await Promise.all(Array.from({ length: capacityConcurrency }, client));
  return (answered * 1000) / (performance.now() - startedAt);
}

interface Offer {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly dispatcher: Agent;
}

/** Sends by the clock, every second request as a stream. What was late is sent together, so the count is exact. */
async function offer({ url, perSecond, seconds, dispatcher }: Offer): Promise<Promise<Outcome>[]> {
  const outcomes: Promise<Outcome>[] = [];
  const startedAt = performance.now();
  const total = Math.round(perSecond * seconds);
  while (outcomes.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    while (outcomes.length < due) {
      const count = outcomes.length;
      outcomes.push(ask(url, { dispatcher, stream: count % 2 === 0, leaves: count % LEAVERS === 0 }));
    }
    await delay(TICK_MS);
  }
  return outcomes;
}

async function firstAnswer(url: string, dispatcher: Agent): Promise<void> {
  while ((await ask(url, { dispatcher })) !== 'answered') await delay(TICK_MS);
}

interface Ask {
  readonly dispatcher: Agent;
  readonly stream?: boolean;
  readonly leaves?: boolean;
}

async function ask(url: string, { dispatcher, stream = false, leaves = false }: Ask): Promise<Outcome> {
  const signal = leaves ? AbortSignal.timeout(LEAVES_AFTER_MS) : null;
  try {
    const answer = await request(`${url}/v1/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, dispatcher, signal },
      body: askBody(stream),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 429) return judgeRefusal(answer.headers['retry-after'], text);
    if (answer.statusCode !== 200) return `other: status ${answer.statusCode}`;
    const isWhole = text.includes(`"completion_tokens":${OUTPUT_TOKENS}`);
    return isWhole && (!stream || text.endsWith('data: [DONE]\n\n')) ? 'answered' : 'other: cut short';
  } catch (error) {
    if (signal?.aborted === true) return 'left';
    return `other: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`;
  }
}

function askBody(stream: boolean): string {
  const prompt = `The whale ${randomBytes(4).toString('hex')}`;
  const fields = stream ? { stream, stream_options: { include_usage: true } } : {};
  return JSON.stringify({ prompt, max_tokens: OUTPUT_TOKENS, ignore_eos: true, ...fields });
}

function judgeRefusal(retryAfter: unknown, body: string): Outcome {
  return Number(retryAfter) >= 1 && body.includes('"rate_limit_exceeded"') ? 'refused' : 'unadvised';
}

function count(outcomes: readonly Outcome[]) {
  const other: Record<string, number> = {};
  for (const outcome of outcomes) {
    if (outcome.startsWith('other')) other[outcome] = (other[outcome] ?? 0) + 1;
  }
  const of = (name: Outcome) => outcomes.filter((outcome) => outcome === name).length;
  return {
    answered: of('answered'),
    refused: of('refused'),
    left: of('left'),
    unadvised: of('unadvised'),
    other,
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
