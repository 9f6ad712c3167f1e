// The network's part: the median time of a few TCP connects to the target, one round trip each.
import { connect } from 'node:net';
import { nearestRank, sortedCopy } from '../measure/percentile.ts';

const CONNECT_TIMEOUT_MS = 3000;

/** Null when the target can't be reached. */
export async function measureRoundTripMs(baseUrl: string, samples = 7): Promise<number | null> {
  const url = new URL(baseUrl);
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const times: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    const ms = await connectOnce(host, port);
    if (ms === null) break;
    times.push(ms);
  }
  return times.length === 0 ? null : nearestRank(sortedCopy(times), 0.5);
}

function connectOnce(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (ms: number | null): void => {
      socket.destroy();
      resolve(ms);
    };
    socket.once('connect', () => finish(performance.now() - startedMs));
    socket.once('error', () => finish(null));
    socket.once('timeout', () => finish(null));
  });
}
