// The command line's options as parsed values; every wrong one is reported together. Names no file and starts nothing.
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { API_STYLES } from '../wire/select-dialect.ts';

export const errUsage = defineError('TG_LOADTEST_USAGE', 400);

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `30s`, `5m`, `1h`; a bare number is seconds. Milliseconds out. */
const duration = z
  .string()
  .regex(DURATION, 'is no duration: write 500ms, 30s or 5m')
  .transform((text) => {
    const [, value = '0', unit = 's'] = DURATION.exec(text) ?? [];
    return Number(value) * (UNIT_MS[unit] ?? 1000);
  });
const positiveInt = z.coerce.number().int('must be a whole number').positive('must be above 0');
const positive = z.coerce.number().positive('must be above 0');
const percent = z
  .string()
  .regex(/^\d+(\.\d+)?%?$/, 'is no percentage: write 5%')
  .transform((text) => Number(text.replace('%', '')) / 100);
const json = z.string().transform((text, context): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below: one message for whatever is no object.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON object' });
  return {};
});
const list = z.array(z.string()).default([]);

export const LoadtestOptions = z.object({
  url: z.url({
    protocol: /^https?$/,
    message: 'must be an http(s) address such as http://127.0.0.1:8000/v1',
  }),
  model: z.string().optional(),
  api: z.enum(API_STYLES).default('openai-chat'),
  apiKey: z.string().optional(),
  apiKeyFile: z.string().optional(),
  header: list,
  extraBody: json.optional(),
  maxTokensField: z.string().default('max_tokens'),
  ignoreEos: z.boolean().default(false),
  tools: z.boolean().default(false),
  reasoningEffort: z.string().optional(),
  insecure: z.boolean().default(false),
  ca: z.string().optional(),
  connections: z.enum(['reuse', 'fresh']).default('reuse'),
  timeout: duration.default(300_000),
  stallTimeout: duration.default(120_000),
  connectTimeout: duration.default(10_000),

  test: z.enum(['latency', 'throughput', 'users']).optional(),
  shape: z.enum(['ramp', 'step', 'spike', 'soak']).optional(),
  concurrency: positiveInt.optional(),
  rate: positive.optional(),
  arrivals: z
    .string()
    .regex(/^(constant|poisson|gamma:\d+(\.\d+)?)$/, 'must be constant, poisson or gamma:<shape>')
    .optional(),
  users: positiveInt.optional(),
  thinkTime: duration.optional(),
  sessions: positiveInt.optional(),
  turns: positiveInt.default(4),
  rampUp: duration.optional(),
  fromRate: positive.optional(),
  toRate: positive.optional(),
  steps: positiveInt.default(5),
  trace: z.string().optional(),
  traceFrom: z.iso.datetime({ offset: true }).optional(),
  traceTo: z.iso.datetime({ offset: true }).optional(),
  speed: positive.default(1),
  sweep: z.enum(['concurrency', 'rate']).optional(),
  sweepFrom: positive.default(1),
  sweepTo: positive.default(256),
  sweepPrecision: percent.default(0.1),

  requests: positiveInt.optional(),
  duration: duration.optional(),
  warmup: duration.default(0),
  warmupRequests: z.coerce.number().int().nonnegative().default(0),
  cooldown: duration.default(0),

  inputTokens: z.string().default('128'),
  outputTokens: z.string().optional(),
  prompts: z.string().optional(),
  sharedPrefix: z
    .string()
    .regex(/^\d+(,\d+)?$/, 'must be <tokens> or <tokens>,<groups>')
    .optional(),
  nonce: z.boolean().default(true),
  seed: z.coerce.number().int().default(1),
  tokenizer: z.string().optional(),
  promptScale: z.boolean().default(true),

  objective: list,
  objectivesFile: z.string().optional(),
  slo: list,
  confidence: percent.default(0.95),
  earlyStop: z.boolean().default(false),
  tolerance: percent.default(0.02),
  calibration: duration.default(2500),
  workers: positiveInt.default(1),

  compare: z.string().optional(),
  baselineUrl: z.url().optional(),
  baselineModel: z.string().optional(),
  baseline: z.string().optional(),
  blocks: positiveInt.default(16),
  maxRegression: percent.default(0.05),

  metricsUrl: list,
  serverMetrics: z.boolean().default(true),
  priceInput: z.string().optional(),
  priceCachedInput: z.string().optional(),
  priceOutput: z.string().optional(),
  priceHour: z.string().optional(),

  name: z.string().max(200).optional(),
  json: z.string().optional(),
  html: z.string().optional(),
  junit: z.string().optional(),
  markdown: z.string().optional(),
  csv: z.string().optional(),
  raw: z.string().optional(),
  definitions: z.enum(['aiperf', 'vllm', 'guidellm', 'loadgen']).optional(),
  collector: z.url().optional(),
  token: z.string().optional(),
});
export type LoadtestOptions = z.infer<typeof LoadtestOptions>;

/** Throws TG_LOADTEST_USAGE naming every wrong option. */
export function parseLoadtestOptions(raw: unknown): LoadtestOptions {
  const parsed = LoadtestOptions.safeParse(raw);
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map((issue) => `${flagOf(issue.path)}: ${issue.message}`);
  if (!parsed.success || problems.length > 0) {
    throw errUsage(problems.join('\n'), { hint: 'see npx tollgate loadtest --help' });
  }
  return parsed.data;
}

function flagOf(path: readonly PropertyKey[]): string {
  return `--${String(path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function contradictions(options: LoadtestOptions): string[] {
  const problems: string[] = [];
  const shapes = [
    options.concurrency !== undefined && '--concurrency',
    options.rate !== undefined && '--rate',
    options.users !== undefined && '--users',
    options.sessions !== undefined && '--sessions',
    options.trace !== undefined && '--trace',
    options.sweep !== undefined && '--sweep',
  ].filter((flag) => flag !== false);
  if (shapes.length > 1 && options.shape === undefined)
    problems.push(`${shapes.join(' and ')} are different load shapes: give one`);
  if (options.model === undefined && options.compare === undefined)
    problems.push('--model: needed (or --compare a,b)');
  if (options.arrivals !== undefined && options.rate === undefined && options.shape === undefined) {
    problems.push('--arrivals: goes with --rate or --shape');
  }
  if (options.shape !== undefined && options.duration === undefined)
    problems.push(`--shape ${options.shape}: needs --duration`);
  if (
    (options.shape === 'ramp' || options.shape === 'step') &&
    (options.fromRate === undefined || options.toRate === undefined)
  ) {
    problems.push(`--shape ${options.shape}: needs --from-rate and --to-rate`);
  }
  if (options.shape === 'spike' && (options.rate === undefined || options.toRate === undefined)) {
    problems.push('--shape spike: needs --rate (base) and --to-rate (peak)');
  }
  if (options.shape === 'soak' && options.rate === undefined) problems.push('--shape soak: needs --rate');
  if (options.sweep !== undefined && options.objective.length === 0 && options.objectivesFile === undefined) {
    problems.push('--sweep: needs at least one --objective to climb against');
  }
  if ((options.collector === undefined) !== (options.token === undefined))
    problems.push('--collector and --token: give both');
  if (options.compare !== undefined && options.compare.split(',').filter((name) => name !== '').length < 2) {
    problems.push('--compare: give at least two models, such as small,large');
  }
  return problems;
}
