// Calibration: the same workers, at the same concurrency, against the built-in server of known timing, which tells when it
// really wrote. What differs between that and what the client saw is the client's error.
import type { LoadPlan, Target } from '../run/load-plan.ts';
import type { LoadRunner } from '../run/load-runner.ts';
import { spawnTimingServer } from '../timing-server/spawn-timing-server.ts';
import { UNMEASURED_SCALE } from '../workload/workload.ts';
import { type ToldTruth, toldTruthOf } from './told-truth.ts';

export interface Calibration {
  readonly concurrency: number;
  /** 0 when the server got no call or gave no answer: then nothing is known. */
  readonly calls: number;
  readonly eventsPerSecond: number;
  readonly callsPerSecond: number;
  readonly truth: ToldTruth | null;
  readonly durationMs: number;
}

export interface CalibrationLoad {
  readonly concurrency: number;
  /** Events a second to calibrate at; the gap between tokens follows from it. */
  readonly eventsPerSecond: number;
  /** Null where it is not known: calls of less than a second. */
  readonly eventsPerCall: number | null;
}

export interface CalibrateOptions extends CalibrationLoad {
  readonly runner: LoadRunner;
  readonly durationMs: number;
  readonly runNonce: string;
  readonly signal?: AbortSignal;
}

const TTFT_MS = 100;
const SHORT_CALL_MS = 800;
/** What a run is expected to bring when nothing is known of its server: 20 ms a token, bounded by what a core can read. */
const LIKELY_GAP_MS = 20;
const MOST_EVENTS_PER_SECOND = 10_000;

export function likelyEventsPerSecond(concurrency: number): number {
  return Math.min(MOST_EVENTS_PER_SECOND, (concurrency * 1000) / LIKELY_GAP_MS);
}

export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const gapMs = Math.max(1, (options.concurrency * 1000) / options.eventsPerSecond);
  const server = await spawnTimingServer({
    profile: { ttftMs: TTFT_MS, gapMs },
  });
  try {
    const tokens = tokensOf(options, gapMs);
    const { records } = await options.runner.run(calibrationPlan(options, server.url, tokens), {
      signal: options.signal,
    });
    const fromMs = calibrationRampMs(options.concurrency);
    const truth = toldTruthOf(records.filter((call) => call.scheduledMs >= fromMs));
    const events = records.reduce((sum, call) => sum + call.eventMs.length, 0);
    const lastMs = records.reduce((latest, call) => Math.max(latest, call.closedMs), 1);
    return {
      concurrency: options.concurrency,
      calls: truth?.calls ?? 0,
      eventsPerSecond: (events * 1000) / lastMs,
      callsPerSecond: (records.length * 1000) / lastMs,
      truth,
      durationMs: lastMs,
    };
  } finally {
    await server.close();
  }
}

/** As long as the run's calls, as far as two of them fit into the calibration. */
function tokensOf({ eventsPerCall, durationMs }: CalibrateOptions, gapMs: number): number {
  const usual = Math.min(64, Math.round(SHORT_CALL_MS / gapMs));
  const most = Math.floor((durationMs / 2 - TTFT_MS) / gapMs);
  return Math.max(3, eventsPerCall === null ? usual : Math.min(eventsPerCall, most));
}

/** Calls that start during it are not judged: they are the start's own. */
function calibrationRampMs(concurrency: number): number {
  return Math.min(1500, 5 * concurrency);
}

function calibrationPlan(options: CalibrateOptions, baseUrl: string, tokens: number): LoadPlan {
  const target: Target = {
    baseUrl,
    model: 'timing',
    api: 'openai-chat',
    apiKey: undefined,
    headers: {},
    maxTokensField: 'max_tokens',
    extraBody: {},
    reuseConnections: true,
    connectTimeoutMs: 10_000,
    stallTimeoutMs: 30_000,
    totalTimeoutMs: 60_000,
    insecureTls: false,
    ca: undefined,
  };
  const rampUpMs = calibrationRampMs(options.concurrency);
  return {
    target,
    shape: {
      kind: 'closed',
      concurrency: options.concurrency,
      rampUpMs,
    },
    workload: {
      kind: 'synthetic',
      inputTokens: '32',
      outputTokens: String(tokens),
      sharedPrefix: null,
      nonce: true,
      scale: UNMEASURED_SCALE,
    },
    requests: null,
    durationMs: options.durationMs + rampUpMs,
    arm: 'calibration',
    block: 0,
    seed: 1,
    runNonce: options.runNonce,
    firstIndex: 0,
    openAhead: options.concurrency,
    tokenizerFile: undefined,
  };
}
