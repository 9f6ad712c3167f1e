// Sends the demo teams' calls through the sidecar at a Poisson rate, a bounded number at once. Real calls, real answers.
import { ATTRIBUTION_HEADERS } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { type DemoTeam, pickTeam } from './demo-teams.ts';

export interface DemoTrafficOptions {
  /** Base address of the sidecar. */
  readonly target: string;
  readonly callsPerSecond: number;
  readonly maxOpenCalls: number;
  readonly random: () => number;
  readonly log: Logger;
}

export interface DemoTraffic {
  readonly stop: () => Promise<void>;
}

const CALL_TIMEOUT_MS = 60_000;
const IMPATIENT_SHARE = 0.03;
const IMPATIENT_MS = 150;

export function startDemoTraffic(options: DemoTrafficOptions): DemoTraffic {
  const { callsPerSecond, maxOpenCalls, random, log } = options;
  const open = new Set<Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout;

  const scheduleNext = (): void => {
    const gapMs = (-Math.log(1 - random()) / callsPerSecond) * 1000;
    timer = setTimeout(() => {
      if (open.size < maxOpenCalls) launch();
      scheduleNext();
    }, gapMs);
  };

  const launch = (): void => {
    const patienceMs = random() < IMPATIENT_SHARE ? IMPATIENT_MS : CALL_TIMEOUT_MS;
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(patienceMs)]);
    const call = sendCall(options, pickTeam(random), signal)
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ exception: error }, 'demo.call_failed');
      })
      .finally(() => open.delete(call));
    open.add(call);
  };

  scheduleNext();
  return {
    stop: async () => {
      clearTimeout(timer);
      stopping.abort();
      await Promise.all(open);
    },
  };
}

async function sendCall(options: DemoTrafficOptions, team: DemoTeam, signal: AbortSignal): Promise<void> {
  const { path, body, user, session } = team.nextCall(options.random);
  const answer = await fetch(`${options.target}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [ATTRIBUTION_HEADERS.team]: team.team,
      [ATTRIBUTION_HEADERS.app]: team.app,
      [ATTRIBUTION_HEADERS.environment]: team.environment,
      [ATTRIBUTION_HEADERS.user]: user,
      ...(session === '' ? {} : { [ATTRIBUTION_HEADERS.session]: session }),
    },
    body: JSON.stringify(body),
    signal,
  });
  await answer.arrayBuffer();
}
