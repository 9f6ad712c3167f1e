// A sidecar's own account of the calls it has seen, so that a gap between seen and stored can be proved and named.
import { z } from 'zod';
import { Timestamp } from './timestamp.ts';

export const SidecarReport = z.object({
  sidecar_id: z.string().min(1).max(128),
  boot_id: z.uuid(),
  reported_at: Timestamp,
  booted_at: Timestamp,
  version: z.string().max(64),
  /** Finished calls of this boot, each of which was given a `seq`. */
  calls_seen: z.int().nonnegative(),
  /** Calls of this boot whose event was given up (spool and memory full): counted, never silent. */
  calls_dropped: z.int().nonnegative(),
  /** Calls recorded but not yet acknowledged by the collector when this was written. */
  calls_spooled: z.int().nonnegative(),
});
export type SidecarReport = z.infer<typeof SidecarReport>;
