// Metrics of calls by the names users script against. One lookup a call finds all its series; users are never a label.
import {
  GEN_AI_CLIENT_BUCKETS_SECONDS,
  GEN_AI_METRICS,
  GEN_AI_TOKEN_BUCKETS,
  LATENCY_BUCKETS_SECONDS,
  LENGTH_BUCKETS_TOKENS,
  LLM_METRICS,
  TOLLGATE_METRICS,
  timeToFirstTokenMs,
  totalInputTokens,
  totalOutputTokens,
} from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { FinishedCall } from './event-kinds.ts';
import { addTo, type MetricRegistry, observeIn, type Series, setTo } from './metric-registry.ts';
import { createRateWindow, type RateWindow, WINDOW_MS } from './rate-window.ts';

const OVERHEAD_BUCKETS_SECONDS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1];
const TOKEN_TYPES = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const;
const MODEL_LABELS = ['gen_ai_provider_name', 'gen_ai_operation_name', 'gen_ai_request_model'];

export interface CallMetrics {
  readonly begin: () => void;
  readonly finish: (call: FinishedCall) => void;
}

/** All series that calls of one model, upstream and outcome add to. */
interface CallSeries {
  readonly requests: Series;
  readonly latency: Series;
  readonly tokens: readonly Series[];
  readonly promptLength: Series;
  readonly completionLength: Series;
  readonly inputUsage: Series;
  readonly outputUsage: Series;
  readonly duration: Series;
  readonly firstChunk: Series;
  readonly perChunk: Series;
  readonly window: ModelWindow;
}

interface ModelWindow {
  readonly calls: RateWindow;
  readonly errors: RateWindow;
  readonly tokens: RateWindow;
}

export function createCallMetrics({
  registry,
  clock,
}: {
  registry: MetricRegistry;
  clock: Clock;
}): CallMetrics {
  const findSeries = defineCallMetrics(registry, clock);
  const known = new Map<string, CallSeries>();
  const inProgress = registry
    .gauge({ name: LLM_METRICS.inProgress, help: 'Calls that have begun and not ended' })
    .series();
  const overhead = registry
    .histogram({
      name: TOLLGATE_METRICS.overheadSeconds,
      help: 'Time spent in our own code a call, upstream and client excluded',
      buckets: OVERHEAD_BUCKETS_SECONDS,
    })
    .series();

  const seriesOf = (call: FinishedCall): CallSeries => {
    const key = `${call.upstream}\n${call.requested_model}\n${call.operation}\n${call.outcome}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = findSeries(call);
    // The series themselves are limited; this table of shortcuts must be as well, as clients choose the model's name.
    if (known.size >= 4096) known.clear();
    known.set(key, made);
    return made;
  };

  return {
    begin: () => addTo(inProgress),
    finish: (call) => {
      addTo(inProgress, -1);
      observeIn(overhead, OVERHEAD_BUCKETS_SECONDS, call.overhead_ms / 1000);
      count(seriesOf(call), call, clock.monotonicMs());
    },
  };
}

function count(series: CallSeries, call: FinishedCall, nowMs: number): void {
  const seconds = call.duration_ms / 1000;
  addTo(series.requests);
  observeIn(series.latency, LATENCY_BUCKETS_SECONDS, seconds);
  series.window.calls.add(1, nowMs);
  if (isError(call)) series.window.errors.add(1, nowMs);
  if (call.operation !== '') observeIn(series.duration, GEN_AI_CLIENT_BUCKETS_SECONDS, seconds);
  const firstTokenMs = timeToFirstTokenMs(call);
  if (firstTokenMs !== null) observeIn(series.firstChunk, GEN_AI_CLIENT_BUCKETS_SECONDS, firstTokenMs / 1000);
  if (call.inter_token_p50_ms !== null) {
    observeIn(series.perChunk, GEN_AI_CLIENT_BUCKETS_SECONDS, call.inter_token_p50_ms / 1000);
  }
  if (call.usage_source !== 'none') countTokens(series, call, nowMs);
}

function countTokens(series: CallSeries, call: FinishedCall, nowMs: number): void {
  const input = totalInputTokens(call);
  const output = totalOutputTokens(call);
  const written = call.input_cache_write_5m_tokens + call.input_cache_write_1h_tokens;
  const cached = call.input_cache_read_tokens;
  const reasoning = call.output_reasoning_tokens;
  const amounts = [input - cached - written, cached, written, output - reasoning, reasoning];
  for (const [index, tokens] of series.tokens.entries()) addTo(tokens, amounts[index]);
  observeIn(series.promptLength, LENGTH_BUCKETS_TOKENS, input);
  observeIn(series.completionLength, LENGTH_BUCKETS_TOKENS, output);
  observeIn(series.inputUsage, GEN_AI_TOKEN_BUCKETS, input);
  observeIn(series.outputUsage, GEN_AI_TOKEN_BUCKETS, output);
  series.window.tokens.add(output, nowMs);
}

function isError({ outcome }: FinishedCall): boolean {
  return outcome !== 'ok' && outcome !== 'cache_hit' && outcome !== 'client_aborted';
}

function defineCallMetrics(registry: MetricRegistry, clock: Clock): (call: FinishedCall) => CallSeries {
  const modelHistogram = (
    name: string,
    help: string,
    buckets: readonly number[],
    extra: readonly string[] = [],
  ) => registry.histogram({ name, help, buckets, labels: [...extra, ...MODEL_LABELS] });
  const seconds = GEN_AI_CLIENT_BUCKETS_SECONDS;
  const requests = registry.counter({
    name: LLM_METRICS.requests,
    help: 'Finished calls by outcome; the endpoint is the upstream',
    labels: ['model_id', 'endpoint', 'status'],
  });
  const latency = registry.histogram({
    name: LLM_METRICS.latencySeconds,
    help: 'From a request to the end of its answer',
    labels: ['model_id', 'endpoint'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const tokens = registry.counter({
    name: LLM_METRICS.tokens,
    help: 'Tokens by type; the types do not overlap',
    labels: ['model_id', 'type'],
  });
  const promptLength = registry.histogram({
    name: LLM_METRICS.promptTokens,
    help: 'Tokens of a prompt',
    labels: ['model_id'],
    buckets: LENGTH_BUCKETS_TOKENS,
  });
  const completionLength = registry.histogram({
    name: LLM_METRICS.completionTokens,
    help: 'Tokens of an answer, reasoning included',
    labels: ['model_id'],
    buckets: LENGTH_BUCKETS_TOKENS,
  });
  const usage = modelHistogram(GEN_AI_METRICS.clientTokenUsage, 'Tokens of a call', GEN_AI_TOKEN_BUCKETS, [
    'gen_ai_token_type',
  ]);
  const duration = modelHistogram(GEN_AI_METRICS.clientOperationSeconds, 'Duration of a call', seconds);
  const firstChunk = modelHistogram(
    GEN_AI_METRICS.clientTimeToFirstChunkSeconds,
    'From a request to its first token, reasoning included',
    seconds,
  );
  const perChunk = modelHistogram(
    GEN_AI_METRICS.clientTimePerOutputChunkSeconds,
    'Median gap between the token events of a stream',
    seconds,
  );
  const windowOf = defineModelRates(registry, clock);
  return ({ requested_model: model, upstream, outcome, provider, operation }) => ({
    requests: requests.series(model, upstream, outcome),
    latency: latency.series(model, upstream),
    tokens: TOKEN_TYPES.map((type) => tokens.series(model, type)),
    promptLength: promptLength.series(model),
    completionLength: completionLength.series(model),
    inputUsage: usage.series('input', provider, operation, model),
    outputUsage: usage.series('output', provider, operation, model),
    duration: duration.series(provider, operation, model),
    firstChunk: firstChunk.series(provider, operation, model),
    perChunk: perChunk.series(provider, operation, model),
    window: windowOf(model),
  });
}

/** Error rate and tokens per second over the last minute, computed when they are read. */
function defineModelRates(registry: MetricRegistry, clock: Clock): (model: string) => ModelWindow {
  const errorRate = registry.ratio({
    name: LLM_METRICS.errorRate,
    help: 'Share of calls that failed in the last minute',
    labels: ['model_id'],
  });
  const tokenRate = registry.gauge({
    name: LLM_METRICS.tokenRate,
    help: 'Generated tokens a second in the last minute',
    labels: ['model_id'],
  });
  const windows = new Map<Series, { readonly rate: Series; readonly window: ModelWindow }>();
  registry.beforeSnapshot(() => {
    const nowMs = clock.monotonicMs();
    for (const [share, { rate, window }] of windows) {
      share[0] = window.errors.total(nowMs);
      share[1] = window.calls.total(nowMs);
      setTo(rate, (window.tokens.total(nowMs) * 1000) / WINDOW_MS);
    }
  });
  return (model) => {
    const share = errorRate.series(model);
    const known = windows.get(share);
    if (known !== undefined) return known.window;
    const window = { calls: createRateWindow(), errors: createRateWindow(), tokens: createRateWindow() };
    windows.set(share, { rate: tokenRate.series(model), window });
    return window;
  };
}
