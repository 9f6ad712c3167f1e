// Runs arms block by block in random order, so that what drifts on the machine touches all of them alike.
import type { ServerObservation } from '../context/server-watch.ts';
import type { CallRecord, CallTruth } from '../measure/call-record.ts';
import type { LoadPlan, Target } from '../run/load-plan.ts';
import type { LoadResult } from '../run/load-runner.ts';
import type { LoadtestSession } from '../run/loadtest-session.ts';
import { createRandom, type Random } from '../workload/random.ts';

export interface Arm {
  readonly name: string;
  readonly target: Target;
  /** One a block. */
  readonly results: LoadResult[];
  readonly servers: ServerObservation[];
}

export interface RunArmsInput {
  readonly arms: readonly Arm[];
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
  readonly blocks: number;
}

export function createArm(name: string, target: Target): Arm {
  return { name, target, results: [], servers: [] };
}

/** Fills the arms' results. The plan's requests are for each arm, its duration for all of them together. */
export async function runArms({ arms, session, plan, blocks }: RunArmsInput): Promise<void> {
  const random = createRandom(plan.seed + 17);
  const requests = plan.requests === null ? null : Math.max(1, Math.ceil(plan.requests / blocks));
  const durationMs = plan.durationMs === null ? null : plan.durationMs / blocks / arms.length;
  for (let block = 0; block < blocks; block += 1) {
    for (const [position, arm] of inRandomOrder(arms, random).entries()) {
      const blockPlan: LoadPlan = {
        ...plan,
        target: arm.target,
        requests,
        durationMs,
        arm: arm.name,
        block,
        // The same lengths and arrivals for every arm of a block, never the same nonce.
        seed: plan.seed + block,
        firstIndex: (block * arms.length + position) * 1_000_000,
      };
      const { result, server } = await session.measure(
        blockPlan,
        `block ${block + 1}/${blocks}, ${arm.name}`,
        true,
      );
      arm.results.push(result);
      if (server !== null) arm.servers.push(server);
    }
  }
}

function inRandomOrder(arms: readonly Arm[], random: Random): Arm[] {
  return arms
    .map((arm) => ({ arm, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ arm }) => arm);
}

/** An arm's blocks laid end to end on one time axis. */
export function joinBlocks({ results }: Arm): LoadResult {
  const records: CallRecord[] = [];
  let offsetMs = 0;
  for (const result of results) {
    for (const call of result.records) records.push(shifted(call, offsetMs));
    offsetMs += result.wallMs;
  }
  return {
    records,
    healths: results.flatMap((result) => result.healths),
    mostInFlight: Math.max(0, ...results.map((result) => result.mostInFlight)),
    openSockets: Math.max(0, ...results.map((result) => result.openSockets)),
    wallMs: offsetMs,
    cutShort: results.find((result) => result.cutShort !== null)?.cutShort ?? null,
    throughSidecar: results.some((result) => result.throughSidecar),
  };
}

function shifted(call: CallRecord, byMs: number): CallRecord {
  return {
    ...call,
    scheduledMs: call.scheduledMs + byMs,
    sentMs: call.sentMs + byMs,
    headersMs: call.headersMs + byMs,
    firstChoiceMs: call.firstChoiceMs + byMs,
    firstAnswerMs: call.firstAnswerMs + byMs,
    closedMs: call.closedMs + byMs,
    eventMs: call.eventMs.map((ms) => ms + byMs),
    truth: call.truth === null ? null : shiftedTruth(call.truth, byMs),
  };
}

function shiftedTruth(truth: CallTruth, byMs: number): CallTruth {
  return {
    receivedMs: truth.receivedMs + byMs,
    firstDueMs: truth.firstDueMs + byMs,
    firstWrittenMs: truth.firstWrittenMs + byMs,
    lastDueMs: truth.lastDueMs + byMs,
    lastWrittenMs: truth.lastWrittenMs + byMs,
  };
}

/** Phase means over an arm's blocks: each block's growth of the server's counters belongs to that arm alone. */
export function meanObservation({ servers }: Arm): ServerObservation | null {
  const last = servers.at(-1);
  if (last === undefined) return null;
  const mean = (pick: (server: ServerObservation) => number | null): number | null => {
    const values = servers.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    ...last,
    grown: sumGrown(servers),
    phaseMeanMs: {
      queue: mean((server) => server.phaseMeanMs.queue),
      prefill: mean((server) => server.phaseMeanMs.prefill),
      decode: mean((server) => server.phaseMeanMs.decode),
      inference: mean((server) => server.phaseMeanMs.inference),
      e2e: mean((server) => server.phaseMeanMs.e2e),
    },
  };
}

function sumGrown(servers: readonly ServerObservation[]): ServerObservation['grown'] {
  const sum = (pick: (grown: ServerObservation['grown']) => number | null): number | null => {
    const values = servers.map(({ grown }) => pick(grown)).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  };
  return {
    requests: sum((grown) => grown.requests),
    promptTokens: sum((grown) => grown.promptTokens),
    generationTokens: sum((grown) => grown.generationTokens),
    prefixQueries: sum((grown) => grown.prefixQueries),
    prefixHits: sum((grown) => grown.prefixHits),
    preemptions: sum((grown) => grown.preemptions),
    energyMillijoules: sum((grown) => grown.energyMillijoules),
  };
}
