// From options to the plan of one load: the brief's tests as presets, flags over presets.
import { readFileSync } from 'node:fs';
import { rampProfile } from '../shapes/ramp.ts';
import { profileDurationMs, type RateSegment } from '../shapes/rate-profile.ts';
import type { TracedCall } from '../shapes/shape.ts';
import { soakProfile } from '../shapes/soak.ts';
import { spikeProfile } from '../shapes/spike.ts';
import { steadyProfile } from '../shapes/steady.ts';
import { stepProfile } from '../shapes/step.ts';
import { UNMEASURED_SCALE } from '../workload/workload.ts';
import {
  type ArrivalSpec,
  expectedConcurrency,
  isClosedLoop,
  type LoadPlan,
  type ShapeSpec,
  type Target,
  type WorkloadSpec,
} from './load-plan.ts';
import { errUsage, type LoadtestOptions } from './loadtest-options.ts';

export interface PlanInput {
  readonly options: LoadtestOptions;
  readonly runNonce: string;
  /** The calls to replay, when `--trace` was given. */
  readonly trace: readonly TracedCall[];
}

const DEFAULT_REQUESTS = 100;

export function createPlan({ options, runNonce, trace }: PlanInput): LoadPlan {
  const shape = createShapeSpec(options, trace);
  return {
    target: createTarget(options, options.model ?? ''),
    shape,
    workload: createWorkloadSpec(options),
    ...limits(options, shape),
    arm: 'run',
    block: 0,
    seed: options.seed,
    runNonce,
    firstIndex: 0,
    openAhead: isClosedLoop(shape) ? expectedConcurrency(shape, 0) : 0,
    tokenizerFile: options.tokenizer,
  };
}

export function createTarget(options: LoadtestOptions, model: string, baseUrl = options.url): Target {
  return {
    baseUrl,
    model,
    api: options.api,
    apiKey:
      options.apiKeyFile === undefined
        ? options.apiKey
        : readGivenFile('--api-key-file', options.apiKeyFile).trim(),
    headers: parseHeaders(options.header),
    maxTokensField: options.maxTokensField,
    extraBody: {
      ...(options.ignoreEos ? { ignore_eos: true, min_tokens: Number(options.outputTokens ?? 0) || 0 } : {}),
      ...(options.reasoningEffort === undefined ? {} : { reasoning_effort: options.reasoningEffort }),
      ...(options.tools ? TOOL_BODY : {}),
      ...options.extraBody,
    },
    reuseConnections: options.connections === 'reuse',
    connectTimeoutMs: options.connectTimeout,
    stallTimeoutMs: options.stallTimeout,
    totalTimeoutMs: options.timeout,
    insecureTls: options.insecure,
    ca: options.ca === undefined ? undefined : readCertificates(options.ca),
  };
}

function readGivenFile(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw errUsage(`${flag}: cannot read ${path}`, { cause });
  }
}

function readCertificates(path: string): string {
  const pem = readGivenFile('--ca', path);
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw errUsage(`--ca: ${path} holds no certificate`, { hint: 'give a file in PEM form' });
  return pem;
}

/** One plain function, always called: what a tool-call stream is measured with. */
const TOOL_BODY = {
  tools: [
    {
      type: 'function',
      function: {
        name: 'record_answer',
        description: 'Records the answer to the question.',
        parameters: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
      },
    },
  ],
  tool_choice: 'required',
};

function parseHeaders(headers: readonly string[]): Record<string, string> {
  const entries = headers.map((header) => {
    const colon = header.indexOf(':');
    if (colon < 1) throw errUsage(`--header: "${header}" is no header`, { hint: 'write "name: value"' });
    return [header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()];
  });
  return Object.fromEntries(entries);
}

function createShapeSpec(options: LoadtestOptions, trace: readonly TracedCall[]): ShapeSpec {
  if (options.trace !== undefined) return { kind: 'trace', trace, speed: options.speed };
  if (options.shape !== undefined) return openShape(options, options.shape);
  if (options.rate !== undefined) {
    return {
      kind: 'open',
      name: 'constant rate',
      profile: steadyProfile(options.rate),
      arrivals: parseArrivals(options.arrivals),
    };
  }
  if (options.users !== undefined || options.test === 'users') {
    return {
      kind: 'users',
      users: options.users ?? 10,
      rampUpMs: options.rampUp ?? 30_000,
      thinkMs: options.thinkTime ?? 5000,
    };
  }
  if (options.sessions !== undefined) {
    const { sessions, turns } = options;
    return {
      kind: 'multi-turn',
      sessions,
      turns,
      thinkMs: options.thinkTime ?? 0,
      rampUpMs: options.rampUp ?? 0,
    };
  }
  const concurrency = options.concurrency ?? (options.test === undefined ? 1 : 10);
  const rampUpMs = options.rampUp ?? (options.test === 'throughput' ? 5000 : gentleStartMs(concurrency));
  return { kind: 'closed', concurrency, rampUpMs };
}

/** Callers that all start in one instant measure the client's own burst. */
function gentleStartMs(concurrency: number): number {
  return concurrency === 1 ? 0 : Math.min(2000, concurrency * 5);
}

function openShape(options: LoadtestOptions, name: 'ramp' | 'step' | 'spike' | 'soak'): ShapeSpec {
  const durationMs = options.duration ?? 0;
  const { rate = 1, fromRate: fromRps = rate, toRate: toRps = rate, steps } = options;
  const profiles: Record<typeof name, () => RateSegment[]> = {
    ramp: () => rampProfile({ fromRps, toRps, durationMs }),
    step: () => stepProfile({ fromRps, toRps, steps, durationMs }),
    spike: () => spikeProfile({ baseRps: rate, peakRps: toRps, durationMs }),
    soak: () => soakProfile({ rateRps: rate, durationMs }),
  };
  return { kind: 'open', name, profile: profiles[name](), arrivals: parseArrivals(options.arrivals) };
}

function parseArrivals(text: string | undefined): ArrivalSpec {
  if (text === 'poisson') return { kind: 'poisson' };
  if (text?.startsWith('gamma:')) return { kind: 'gamma', shape: Number(text.slice('gamma:'.length)) };
  return { kind: 'constant' };
}

function createWorkloadSpec(options: LoadtestOptions): WorkloadSpec {
  const outputTokens = options.outputTokens ?? null;
  if (options.prompts !== undefined)
    return { kind: 'prompts', path: options.prompts, outputTokens, nonce: options.nonce };
  const [tokens, groups = 1] = (options.sharedPrefix ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  return {
    kind: 'synthetic',
    inputTokens: options.inputTokens,
    outputTokens: outputTokens ?? '64',
    sharedPrefix: tokens === undefined ? null : { tokens, groups },
    nonce: options.nonce,
    scale: UNMEASURED_SCALE,
  };
}

function limits(options: LoadtestOptions, shape: ShapeSpec): Pick<LoadPlan, 'requests' | 'durationMs'> {
  const presetMs = options.test === 'throughput' ? 60_000 : options.test === 'users' ? 300_000 : null;
  const durationMs = options.duration ?? (options.requests === undefined ? presetMs : null);
  const bounded =
    shape.kind === 'trace' || (shape.kind === 'open' && Number.isFinite(profileDurationMs(shape.profile)));
  const requests = options.requests ?? (durationMs === null && !bounded ? DEFAULT_REQUESTS : null);
  return { requests, durationMs };
}
