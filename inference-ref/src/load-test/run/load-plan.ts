// One load as data, so that it can be sent to a worker process: the target, the shape, the workload and the limits.

import type { RateSegment } from '../shapes/rate-profile.ts';
import type { TracedCall } from '../shapes/shape.ts';
import type { ApiStyle } from '../wire/select-dialect.ts';
import type { PromptScale } from '../workload/workload.ts';

export interface Target {
  readonly baseUrl: string;
  readonly model: string;
  readonly api: ApiStyle;
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxTokensField: string;
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly reuseConnections: boolean;
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly insecureTls: boolean;
  /** PEM certificates to trust instead of the system's. */
  readonly ca: string | undefined;
}

export type ArrivalSpec =
  | { readonly kind: 'constant' }
  | { readonly kind: 'poisson' }
  | { readonly kind: 'gamma'; readonly shape: number };

export type ShapeSpec =
  | { readonly kind: 'closed'; readonly concurrency: number; readonly rampUpMs: number }
  | { readonly kind: 'users'; readonly users: number; readonly rampUpMs: number; readonly thinkMs: number }
  | {
      readonly kind: 'multi-turn';
      readonly sessions: number;
      readonly turns: number;
      readonly thinkMs: number;
      readonly rampUpMs: number;
    }
  | {
      readonly kind: 'open';
      /** `constant`, `ramp`, `step`, `spike` or `soak`, for the report. */
      readonly name: string;
      readonly profile: readonly RateSegment[];
      readonly arrivals: ArrivalSpec;
    }
  | { readonly kind: 'trace'; readonly trace: readonly TracedCall[]; readonly speed: number };

export type WorkloadSpec =
  | {
      readonly kind: 'synthetic';
      readonly inputTokens: string;
      readonly outputTokens: string | null;
      readonly sharedPrefix: { readonly tokens: number; readonly groups: number } | null;
      readonly nonce: boolean;
      readonly scale: PromptScale;
    }
  | {
      readonly kind: 'prompts';
      readonly path: string;
      readonly outputTokens: string | null;
      readonly nonce: boolean;
    };

export interface LoadPlan {
  readonly target: Target;
  readonly shape: ShapeSpec;
  readonly workload: WorkloadSpec;
  readonly requests: number | null;
  readonly durationMs: number | null;
  /** Written into each record: which side of a comparison, and which of its blocks. */
  readonly arm: string;
  readonly block: number;
  readonly seed: number;
  readonly runNonce: string;
  /** Index of the first call, so that blocks and warm-ups never share a prompt. */
  readonly firstIndex: number;
  /** Connections to open before the run, over all processes. */
  readonly openAhead: number;
  /** A Hugging Face tokenizer.json to count answers whose server reports no usage. */
  readonly tokenizerFile: string | undefined;
}

export function isClosedLoop(shape: ShapeSpec): boolean {
  return shape.kind === 'closed' || shape.kind === 'users' || shape.kind === 'multi-turn';
}

/** Milliseconds after which the shape has reached its full load. */
export function rampUpOf(shape: ShapeSpec): number {
  return 'rampUpMs' in shape ? shape.rampUpMs : 0;
}

/** Calls in flight to expect: exact for closed loops, by Little's law with the given call time for open ones. */
export function expectedConcurrency(shape: ShapeSpec, callMs: number): number {
  switch (shape.kind) {
    case 'closed':
      return shape.concurrency;
    case 'users':
      return shape.users;
    case 'multi-turn':
      return shape.sessions;
    case 'open': {
      const peakRps = Math.max(...shape.profile.flatMap((segment) => [segment.fromRps, segment.toRps]));
      return Math.max(1, Math.ceil((peakRps * callMs) / 1000));
    }
    case 'trace': {
      const first = shape.trace[0]?.atMs ?? 0;
      const lengthMs = Math.max(1000, ((shape.trace.at(-1)?.atMs ?? 0) - first) / shape.speed);
      return Math.max(1, Math.ceil((shape.trace.length / lengthMs) * callMs));
    }
  }
}
