// What the command line's options are as values, and what each must look like.
import { defineError, isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { parsePrices } from '../context/run-cost.ts';
import { parseObjective } from '../verdict/objective.ts';
import { parseBound } from '../verdict/objectives-file.ts';
import { API_STYLES } from '../wire/select-dialect.ts';
import { parseLengthDistribution } from '../workload/length-distribution.ts';

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
const number = z.coerce.number('must be a number');
const positiveInt = number.int('must be a whole number').positive('must be above 0');
const positive = number.positive('must be above 0');
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

/** A text that a parser of ours must understand; its words and its hint become the option's. */
function understoodBy(parse: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!isTollgateError(error)) throw error;
      const hint = error.hint === undefined ? '' : `; ${error.hint}`;
      context.addIssue({ code: 'custom', message: `${error.message}${hint}` });
    }
  });
}
const time = z.iso.datetime({ offset: true, error: 'is no time: write 2026-05-01T12:00:00Z' });
const address = z.url({
  protocol: /^https?$/,
  message: 'must be an http(s) address such as http://127.0.0.1:8000/v1',
});
const length = understoodBy(parseLengthDistribution);
const price = understoodBy((text) => parsePrices({ input: text }));

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, `must be one of ${names.join(', ')}`);
}

export const LoadtestOptions = z.object({
  url: address,
  model: z.string().optional(),
  api: oneOf(API_STYLES).default('openai-chat'),
  apiKey: z.string().optional(),
  apiKeyFile: z.string().optional(),
  header: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+:[^\r\n]*$/, 'is no header: write "name: value"'))
    .default([]),
  extraBody: json.optional(),
  maxTokensField: z.string().default('max_tokens'),
  ignoreEos: z.boolean().default(false),
  tools: z.boolean().default(false),
  reasoningEffort: z.string().optional(),
  insecure: z.boolean().default(false),
  ca: z.string().optional(),
  connections: oneOf(['reuse', 'fresh']).default('reuse'),
  timeout: duration.default(300_000),
  stallTimeout: duration.default(120_000),
  connectTimeout: duration.default(10_000),

  test: oneOf(['latency', 'throughput', 'users']).optional(),
  shape: oneOf(['ramp', 'step', 'spike', 'soak']).optional(),
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
  traceFrom: time.optional(),
  traceTo: time.optional(),
  speed: positive.default(1),
  sweep: oneOf(['concurrency', 'rate']).optional(),
  sweepFrom: positive.default(1),
  sweepTo: positive.default(256),
  sweepPrecision: percent.default(0.1),

  requests: positiveInt.optional(),
  duration: duration.optional(),
  warmup: duration.default(0),
  warmupRequests: number.int('must be a whole number').nonnegative('must not be below 0').default(0),
  cooldown: duration.default(0),

  inputTokens: length.default('128'),
  outputTokens: length.optional(),
  prompts: z.string().optional(),
  sharedPrefix: z
    .string()
    .regex(/^\d+(,\d+)?$/, 'must be <tokens> or <tokens>,<groups>')
    .optional(),
  nonce: z.boolean().default(true),
  seed: number.int('must be a whole number').default(1),
  tokenizer: z.string().optional(),
  promptScale: z.boolean().default(true),

  objective: z.array(understoodBy(parseObjective)).default([]),
  objectivesFile: z.string().optional(),
  slo: z.array(understoodBy(parseBound)).default([]),
  confidence: percent.default(0.95),
  earlyStop: z.boolean().default(false),
  tolerance: percent.default(0.02),
  calibration: duration.default(2500),
  workers: positiveInt.default(1),

  compare: z.string().optional(),
  baselineUrl: address.optional(),
  baselineModel: z.string().optional(),
  baseline: z.string().optional(),
  blocks: positiveInt.default(16),
  maxRegression: percent.default(0.05),
  maxErrorIncrease: percent.default(0.01),

  metricsUrl: list,
  serverMetrics: z.boolean().default(true),
  priceInput: price.optional(),
  priceCachedInput: price.optional(),
  priceOutput: price.optional(),
  priceHour: price.optional(),

  name: z.string().max(200).optional(),
  json: z.string().optional(),
  html: z.string().optional(),
  junit: z.string().optional(),
  markdown: z.string().optional(),
  csv: z.string().optional(),
  raw: z.string().optional(),
  definitions: oneOf(['aiperf', 'vllm', 'guidellm', 'loadgen']).optional(),
  collector: address.optional(),
  token: z.string().optional(),
});
export type LoadtestOptions = z.infer<typeof LoadtestOptions>;
