// How long a stop of the sidecar may take in all.
import type { SidecarConfig } from './config.ts';

/** For what has no limit of its own: closing files and ports, ending the processes beside us. */
const MARGIN_MS = 3_000;

/** The drain of open answers, then the shipping of events, and a margin. */
export function stopTimeoutMs({ sidecar }: SidecarConfig): number {
  const { drainMs, shipMs } = sidecar.shutdown;
  return drainMs + shipMs + MARGIN_MS;
}
