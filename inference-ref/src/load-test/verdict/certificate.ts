// The certificate: how far the client's own lateness could have moved the figures, and whether that is too far.
// It never repairs a figure; it says whether one may be believed.
import type { ClientHealth } from '../measure/client-health.ts';
import { nearestRank, sortedCopy } from '../measure/percentile.ts';
import type { RunFigures } from '../measure/run-figures.ts';
import { maximum } from '../measure/run-window.ts';
import type { Calibration } from './calibration.ts';
import { type ToldTruth, toldTruthOf, trueFigures } from './told-truth.ts';

/** `not_applicable`: no call was answered, so there is no figure to vouch for. `valid`: every headline figure is within the tolerance of the truth. `degraded`: not all, yet close enough that a clear verdict stands. `invalid`: the client could explain the result. */
export type CertificateStatus = 'not_applicable' | 'valid' | 'degraded' | 'invalid';

export interface ClientErrorMs {
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
  /** Tokens over which an error of TPOT is spread: the median call's tokens after the first event. */
  readonly tokensPerCall: number;
}

export interface FigureBound {
  readonly figure: string;
  readonly measuredMs: number;
  readonly clientErrorMs: number;
  readonly toleratedMs: number;
  readonly within: 'tolerance' | 'limit' | 'neither';
}

export interface Certificate {
  readonly status: CertificateStatus;
  readonly reasons: readonly string[];
  /** Those of the reasons for which nothing of the run stands, differences between its arms neither. */
  readonly breakdowns: readonly string[];
  readonly tolerance: number;
  readonly clientError: ClientErrorMs;
  readonly bounds: readonly FigureBound[];
  readonly calibrations: readonly Calibration[];
  readonly client: ClientAccount;
}

export interface ClientAccount {
  readonly workers: number;
  readonly priority: number;
  readonly latenessMs: {
    readonly n: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly sendLagMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Busiest worker's CPU time ÷ wall time: 1 is one whole core. */
  readonly cpuShare: number;
  readonly cpuWaitShare: number | null;
  readonly longestGcMs: number;
  readonly mostInFlight: number;
  readonly openSockets: number;
  readonly openFilesLimit: number | null;
  readonly rttMs: number | null;
}

export interface CertificateInput {
  readonly figures: RunFigures;
  readonly healths: readonly ClientHealth[];
  readonly calibrations: readonly Calibration[];
  readonly workers: number;
  readonly priority: number;
  readonly mostInFlight: number;
  readonly openSockets: number;
  readonly openFilesLimit: number | null;
  readonly rttMs: number | null;
  /** Fraction of a figure that the client may add: 0.02. */
  readonly tolerance: number;
  readonly openLoop: boolean;
}

/** An error below this many milliseconds is tolerated however small the figure. */
const TOLERANCE_FLOOR_MS = 1;
/** Beyond this fraction (and floor) no verdict stands, however clear. */
const LIMIT = 0.2;
const LIMIT_FLOOR_MS = 10;
const CPU_LIMIT = 0.95;
const SOCKET_LIMIT = 0.95;

export function issueCertificate(input: CertificateInput): Certificate {
  const client = accountOf(input);
  const clientError = errorOf(input);
  const bounds = figureBounds(input, clientError);
  const breakdowns = breakdownsOf(input, client);
  const hard = [...breakdowns, ...bounds.filter((bound) => bound.within === 'neither').map(describeBound)];
  const soft = bounds.filter((bound) => bound.within === 'limit').map(describeBound);
  return {
    status: statusOf(input.figures, hard.length, soft.length),
    reasons: [...hard, ...soft],
    breakdowns,
    tolerance: input.tolerance,
    clientError,
    bounds,
    calibrations: input.calibrations,
    client,
  };
}

function statusOf(figures: RunFigures, hard: number, soft: number): CertificateStatus {
  if (hard > 0) return 'invalid';
  if (answeredCalls(figures) === 0) return 'not_applicable';
  return soft > 0 ? 'degraded' : 'valid';
}

function accountOf(input: CertificateInput): ClientAccount {
  const lateness = pooledLateness(input.healths);
  const sendLag = sortedCopy(
    input.figures.records.map((call) => call.sentMs - call.scheduledMs).filter((ms) => !Number.isNaN(ms)),
  );
  const waits = input.healths.map((health) =>
    health.cpuWaitMs === null ? null : health.cpuWaitMs / health.wallMs,
  );
  return {
    workers: input.workers,
    priority: input.priority,
    latenessMs: {
      n: lateness.length,
      p50: rank(lateness, 0.5),
      p99: rank(lateness, 0.99),
      max: rank(lateness, 1),
    },
    sendLagMs: { p50: rank(sendLag, 0.5), p99: rank(sendLag, 0.99), max: rank(sendLag, 1) },
    cpuShare: maximum(
      input.healths.map((health) => health.cpuMs / health.wallMs),
      0,
    ),
    cpuWaitShare: waits.some((wait) => wait === null) ? null : maximum(waits.map(Number), 0),
    longestGcMs: maximum(
      input.healths.map((health) => health.longestGcMs),
      0,
    ),
    mostInFlight: input.mostInFlight,
    openSockets: input.openSockets,
    openFilesLimit: input.openFilesLimit,
    rttMs: input.rttMs,
  };
}

function rank(sorted: Float64Array, fraction: number): number {
  return sorted.length === 0 ? 0 : nearestRank(sorted, fraction);
}

function pooledLateness(healths: readonly ClientHealth[]): Float64Array {
  const all: number[] = [];
  for (const health of healths) for (const late of health.lateness) all.push(late);
  return Float64Array.from(all).sort();
}

/** The worst of what the run's heartbeat saw and what was measured against a known server, in the calibration or the run itself. */
function errorOf({ healths, calibrations, figures }: CertificateInput): ClientErrorMs {
  const lateness = pooledLateness(healths);
  const told = [
    ...calibrations.map(({ truth }) => truth),
    toldTruthOf(figures.measured.map(({ call }) => call)),
  ];
  const worst = (fraction: number, of: (truth: ToldTruth) => number): number =>
    Math.max(rank(lateness, fraction), ...told.filter((truth) => truth !== null).map(of), 0);
  const laterTokens = sortedCopy(
    figures.measured
      .filter(({ call }) => call.error === null)
      .map(({ call }) => call.outputTokens - (call.eventTokens[0] ?? 0)),
  );
  return {
    p50: worst(0.5, (truth) => truth.arrivalErrorMs.p50),
    p99: worst(0.99, (truth) => truth.arrivalErrorMs.p99),
    mean: lateness.length === 0 ? 0 : lateness.reduce((sum, late) => sum + late, 0) / lateness.length,
    max: rank(lateness, 1),
    tokensPerCall: Math.max(1, rank(laterTokens, 0.5)),
  };
}

function figureBounds(
  { figures, tolerance, openLoop }: CertificateInput,
  error: ClientErrorMs,
): FigureBound[] {
  const { ttft, tpot, e2e, ttft_scheduled: ttftScheduled, send_lag: sendLag } = figures.summaries;
  const rows: readonly (readonly [string, number | null, number])[] = [
    ['ttft p50', ttft.p50, error.p50],
    ['ttft p99', ttft.p99, error.p99],
    ['tpot p50', tpot.p50, error.p50 / error.tokensPerCall],
    ['tpot p99', tpot.p99, error.p99 / error.tokensPerCall],
    ['e2e p50', e2e.p50, error.p50],
    ['e2e p99', e2e.p99, error.p99],
    // Send lag in an open loop is the client's: the schedule was not kept.
    ['ttft from schedule p99', openLoop ? ttftScheduled.p99 : null, Math.max(error.p99, sendLag.p99 ?? 0)],
  ];
  return [
    ...rows.flatMap(([figure, measuredMs, clientErrorMs]) =>
      measuredMs === null ? [] : [boundOf(figure, measuredMs, clientErrorMs, tolerance)],
    ),
    // Against the built-in server the whole error is known, both ways through the kernel included.
    ...trueFigures(figures.measured).map(({ figure, measuredMs, servedMs }) =>
      boundOf(`${figure} of the known server`, measuredMs, Math.abs(measuredMs - servedMs), tolerance),
    ),
  ];
}

function boundOf(figure: string, measuredMs: number, clientErrorMs: number, tolerance: number): FigureBound {
  const perToken = figure.startsWith('tpot');
  const toleratedMs = Math.max(tolerance * measuredMs, perToken ? 0 : TOLERANCE_FLOOR_MS);
  const limitMs = Math.max(toleratedMs, LIMIT * measuredMs, perToken ? 0 : LIMIT_FLOOR_MS);
  const within = clientErrorMs <= toleratedMs ? 'tolerance' : clientErrorMs <= limitMs ? 'limit' : 'neither';
  return { figure, measuredMs, clientErrorMs, toleratedMs, within };
}

function answeredCalls({ measured, errorsByKind }: RunFigures): number {
  return measured.length - Object.values(errorsByKind).reduce((sum, count) => sum + count, 0);
}

function describeBound({ figure, measuredMs, clientErrorMs, toleratedMs }: FigureBound): string {
  return `${figure} ${measuredMs.toFixed(2)} ms: the client's own lateness is ${clientErrorMs.toFixed(2)} ms, ${toleratedMs.toFixed(2)} ms would be tolerated`;
}

function breakdownsOf(
  { figures, openLoop, calibrations }: CertificateInput,
  client: ClientAccount,
): string[] {
  const reasons: string[] = [];
  if (calibrations.some(({ calls }) => calls === 0)) {
    reasons.push('the calibration got no answer: the client could not be measured');
  }
  // A busy client makes answers late; that no call was answered at all is not its doing.
  if (answeredCalls(figures) > 0 && client.cpuShare > CPU_LIMIT) {
    reasons.push(
      `the client used ${(100 * client.cpuShare).toFixed(0)} % of its core: give it --workers or less load`,
    );
  }
  if (client.openFilesLimit !== null && client.mostInFlight > SOCKET_LIMIT * client.openFilesLimit) {
    reasons.push(
      `${client.mostInFlight} calls in flight reach the limit of ${client.openFilesLimit} open files: raise it with ulimit -n`,
    );
  }
  const refused = figures.errorsByKind.client_limit ?? 0;
  if (refused > 0) reasons.push(`${refused} calls failed for want of sockets on the client`);
  const lateStarts = figures.measured.filter(({ metrics }) => Number.isNaN(metrics.sendLagMs)).length;
  if (openLoop && lateStarts > 0.05 * figures.measured.length) {
    reasons.push(`${lateStarts} scheduled calls were never sent`);
  }
  return reasons;
}
