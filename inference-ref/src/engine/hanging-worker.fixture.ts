// An engine's thread that hangs where it is asked to: really, in a call of the system, as a driver would. The first token
// of a prompt says what to do, the second for how long.

import { parentPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import type { EngineGauges } from './engine-events.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

export const ANSWER = 0;
/** Seconds without a report. */
export const HANG = 1;
/** Rounds of 50 ms. */
export const WORK = 2;

const gauges: EngineGauges = {
  waiting: 0,
  running: 0,
  kvTokens: 0,
  kvBudgetTokens: 1,
  slabRows: 0,
  slabCapacityTokens: 0,
  kvCopiedBytes: 0,
  prefixBlocks: 0,
  prefixBytes: 0,
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
  draftedTokens: 0,
  acceptedDraftTokens: 0,
};
const record = {
  startedAtMs: 0,
  prefills: [],
  decodeMs: 50,
  sampleMs: 0,
  overheadMs: 0,
  decodeIds: [1],
  preemptedIds: [],
};

function serve(port: NonNullable<typeof parentPort>, hangsLoading: boolean): void {
  const sleep = koffi.load(null).func('usleep', 'int', ['uint']);
  const sleepMs = (ms: number) => {
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) sleep(Math.min(500, Math.max(1, endMs - performance.now())) * 1000);
  };
  const post = (message: FromEngine) => port.postMessage(message);
  const finish = (id: number) => {
    const end = { kind: 'finished', id, reason: 'stop', stoppedBy: null, text: '', preemptions: 0 } as const;
    post({ type: 'events', events: [end], record, gauges });
  };
  port.on('message', (message: ToEngine) => {
    if (message.type === 'stop') port.close();
    if (message.type === 'embed') sleepMs(3_600_000);
    if (message.type !== 'generate') return;
    const { id, promptTokens } = message.request;
    const [kind = ANSWER, amount = 0] = promptTokens;
    if (kind === HANG) sleepMs(amount * 1000);
    for (let round = 0; kind === WORK && round < amount; round++) {
      sleepMs(50);
      post({ type: 'events', events: [], record, gauges });
    }
    finish(id);
  });
  if (hangsLoading) sleepMs(3_600_000);
  post({ type: 'ready', device: 'cpu', deviceReason: '', canEmbed: true, vocabSize: 3, loadMs: 1 });
}

// The tests import the names of the first tokens as well.
if (parentPort !== null) serve(parentPort, (workerData as { hangsLoading?: boolean }).hangsLoading === true);
