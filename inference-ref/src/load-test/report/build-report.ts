// Puts a run's figures, verdict and context into the one report that every output is made from.
import type { LoadComparison, LoadDistribution, LoadObjective, LoadTestRun } from '@tollgate/contract';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { phasesOf } from '../context/phases.ts';
import { findContamination, reconcile } from '../context/reconcile.ts';
import type { RunCost } from '../context/run-cost.ts';
import type { ServerObservation } from '../context/server-watch.ts';
import { createMicrosHistogram, toMicros } from '../measure/gap-pool.ts';
import type { RunFigures } from '../measure/run-figures.ts';
import { windowsOf } from '../measure/throughput.ts';
import type { CutShort } from '../run/cut-short.ts';
import type { Certificate } from '../verdict/certificate.ts';
import type { Goodput } from '../verdict/goodput.ts';
import type { JudgedObjective } from '../verdict/judge-objective.ts';
import type { RunVerdict } from '../verdict/judge-run.ts';

import { errorSamples } from './error-samples.ts';

export interface ReportInput {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly target: LoadTestRun['target'];
  readonly load: LoadTestRun['load'];
  readonly figures: RunFigures;
  readonly verdict: RunVerdict;
  readonly objectives: readonly JudgedObjective[];
  readonly confidence: number;
  readonly certificate: Certificate;
  readonly goodput: Goodput;
  readonly server: ServerObservation | null;
  readonly cost: RunCost | null;
  readonly windowMs: number;
  /** Why the run ended before its plan; null when it did not. */
  readonly cutShort: CutShort | null;
  readonly comparison: LoadComparison | null;
  readonly sweep: LoadTestRun['sweep'];
}

export function buildReport(input: ReportInput): LoadTestRun {
  const { figures, verdict } = input;
  const { window } = figures;
  return {
    schema_version: 1,
    id: input.id,
    name: input.name,
    started_at: input.startedAt,
    ended_at: input.endedAt,
    verdict: verdict.verdict,
    verdict_reasons: [...verdict.reasons],
    more_requests_needed: verdict.moreRequests,
    target: input.target,
    load: input.load,
    duration_ms: figures.endMs,
    cut_short: describeCutShort(input.cutShort),
    steady_window_ms: { from: window.steadyFromMs, to: window.steadyToMs },
    steady_state:
      figures.steadyState === null
        ? null
        : { transient_calls: figures.steadyState.transientCalls, reached: figures.steadyState.reached },
    ...counts(figures),
    ...distributions(figures),
    goodput: describeGoodput(input.goodput),
    objectives: input.objectives.map(describeObjective),
    confidence: input.confidence,
    certificate: describeCertificate(input.certificate),
    window_ms: input.windowMs,
    windows: describeWindows(figures, input.windowMs),
    phases: phasesOf(figures.measured, input.server),
    server: describeServer(input.server),
    reconciliation: reconcile(figures.records, input.server),
    contamination: findContamination(figures.measured.map(({ call }) => call)),
    cost: describeCost(input.cost),
    hdr: histograms(figures),
    comparison: input.comparison,
    sweep: input.sweep,
  };
}

function describeCutShort(cut: CutShort | null): LoadTestRun['cut_short'] {
  return cut === null ? null : { cause: cut.cause, after_ms: cut.afterMs, calls: cut.calls };
}

function counts(figures: RunFigures) {
  const requests = figures.measured.length;
  const asked = figures.measured.flatMap(({ call }) => call.requestedInputTokens ?? []);
  return {
    requests,
    requests_total: figures.records.length,
    errors: figures.errors,
    error_rate: requests === 0 ? 0 : figures.errors / requests,
    errors_by_kind: { ...figures.errorsByKind },
    error_samples: errorSamples(figures.measured),
    rps: figures.rates.callsPerSecond,
    system_tps: figures.rates.tokensPerSecond,
    system_tps_whole_run: figures.rates.tokensPerSecondWholeRun,
    tokens: {
      input: figures.tokens.input,
      cached_input: figures.tokens.cachedInput,
      output: figures.tokens.output,
      reasoning: figures.tokens.reasoning,
      requested_input_mean:
        asked.length === 0 ? null : asked.reduce((sum, tokens) => sum + tokens, 0) / asked.length,
      calls_by_token_source: { ...figures.tokens.callsByTokenSource },
      calls_by_event_token_source: { ...figures.tokens.callsByEventTokenSource },
    },
  };
}

function distributions(figures: RunFigures) {
  const { summaries } = figures;
  return {
    ttft_ms: summaries.ttft,
    ttft_scheduled_ms: summaries.ttft_scheduled,
    ttft_fresh_connection_ms: figures.ttftFresh,
    ttft_reused_connection_ms: figures.ttftReused,
    ttfo_ms: summaries.ttfo,
    ttst_ms: summaries.ttst,
    tpot_ms: summaries.tpot,
    itl_ms: figures.itl satisfies LoadDistribution,
    icl_ms: figures.icl satisfies LoadDistribution,
    stall_ms: summaries.stall,
    e2e_ms: summaries.e2e,
    e2e_scheduled_ms: summaries.e2e_scheduled,
    close_ms: summaries.close,
    connect_ms: figures.connect,
    send_lag_ms: summaries.send_lag,
    tps_per_user: summaries.tps_per_user,
    tps_per_call: summaries.tps_per_call,
  };
}

function describeGoodput({ bounds, good, attempted, perSecond }: Goodput): LoadTestRun['goodput'] {
  return {
    bounds: [...bounds],
    good,
    attempted,
    attainment: attempted === 0 ? null : good / attempted,
    per_second: perSecond,
  };
}

function describeObjective(judged: JudgedObjective): LoadObjective {
  return {
    objective: judged.objective,
    metric: judged.metric,
    outcome: judged.outcome,
    value: judged.value,
    threshold: judged.threshold,
    n: judged.n,
    reason: judged.reason,
    more_requests_needed: judged.moreRequests,
    client_could_explain: judged.clientCouldExplain,
  };
}

const NO_SPREAD = { p50: null, p99: null, max: null };

function describeCertificate(certificate: Certificate): LoadTestRun['certificate'] {
  const { client, clientError } = certificate;
  return {
    status: certificate.status,
    reasons: [...certificate.reasons],
    tolerance: certificate.tolerance,
    client_error_ms: {
      p50: clientError.p50,
      p99: clientError.p99,
      mean: clientError.mean,
      max: clientError.max,
    },
    bounds: certificate.bounds.map((bound) => ({
      figure: bound.figure,
      measured_ms: bound.measuredMs,
      client_error_ms: bound.clientErrorMs,
      tolerated_ms: bound.toleratedMs,
      within: bound.within,
    })),
    calibrations: certificate.calibrations.map((calibration) => ({
      concurrency: calibration.concurrency,
      calls: calibration.calls,
      events_per_second: calibration.eventsPerSecond,
      arrival_error_ms: calibration.truth?.arrivalErrorMs ?? NO_SPREAD,
      request_way_ms: calibration.truth?.requestWayMs ?? NO_SPREAD,
      server_late_ms: calibration.truth?.serverLateMs ?? NO_SPREAD,
      duration_ms: calibration.durationMs,
    })),
    client: {
      workers: client.workers,
      priority: client.priority,
      lateness_ms: client.latenessMs,
      send_lag_ms: client.sendLagMs,
      cpu_share: client.cpuShare,
      cpu_wait_share: client.cpuWaitShare,
      longest_gc_ms: client.longestGcMs,
      most_in_flight: client.mostInFlight,
      open_sockets: client.openSockets,
      open_files_limit: client.openFilesLimit,
      rtt_ms: client.rttMs,
    },
  };
}

function describeWindows(figures: RunFigures, windowMs: number): LoadTestRun['windows'] {
  return windowsOf(figures.records, windowMs, figures.endMs).map((window) => ({
    from_ms: window.fromMs,
    finished: window.finished,
    errors: window.errors,
    output_tokens: window.outputTokens,
    success_rate: window.finished === 0 ? null : (window.finished - window.errors) / window.finished,
    mean_e2e_ms: window.meanE2eMs,
    mean_ttft_ms: window.meanTtftMs,
    in_flight: window.inFlight,
  }));
}

function describeServer(server: ServerObservation | null): LoadTestRun['server'] {
  if (server === null) return null;
  const { grown, peak, mean } = server;
  const queries = grown.prefixQueries ?? 0;
  return {
    metrics_url: server.metricsUrl,
    scrapes: server.scrapes,
    failed_scrapes: server.failedScrapes,
    peak_running: peak.running,
    peak_waiting: peak.waiting,
    peak_kv_cache_usage: peak.kvCacheUsage,
    mean_gpu_utilization: mean.gpuUtilization,
    energy_joules: server.energyJoules,
    requests: grown.requests,
    prompt_tokens: grown.promptTokens,
    generation_tokens: grown.generationTokens,
    prefix_cache_hit_ratio: queries > 0 ? (grown.prefixHits ?? 0) / queries : null,
    preemptions: grown.preemptions,
  };
}

function describeCost(cost: RunCost | null): LoadTestRun['cost'] {
  if (cost === null) return null;
  return {
    total_usd: cost.totalUsd,
    per_1k_calls_usd: cost.per1kCallsUsd,
    per_1m_output_tokens_usd: cost.per1mOutputTokensUsd,
  };
}

function histograms(figures: RunFigures): LoadTestRun['hdr'] {
  const encode = (values: readonly number[]): string => {
    const histogram = createMicrosHistogram();
    for (const value of values) if (!Number.isNaN(value)) histogram.recordValue(toMicros(value));
    return encodeIntoCompressedBase64(histogram);
  };
  return {
    ttft: encode(figures.measured.map(({ metrics }) => metrics.ttftMs)),
    e2e: encode(figures.measured.map(({ metrics }) => metrics.e2eMs)),
    icl: encodeIntoCompressedBase64(figures.gaps.iclHistogram()),
  };
}
