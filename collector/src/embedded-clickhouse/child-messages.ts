// What the collector and the engine's child say to each other over IPC. Secrets travel here: never in argv or environment.
import { z } from 'zod';

const startOptions = z.object({
  dataDir: z.string(),
  database: z.string(),
  accounts: z.array(
    z.object({ role: z.enum(['owner', 'reader']), username: z.string(), password: z.string() }),
  ),
  port: z.int(),
  limits: z.object({
    maxExecutionSeconds: z.number(),
    maxMemoryBytes: z.number(),
    maxResultRows: z.number(),
  }),
  maxConcurrentQueries: z.int().positive(),
  maxConcurrentInserts: z.int().positive(),
  maxQueued: z.int(),
  maxWaitMs: z.number(),
  maxInsertBytes: z.number(),
  maxServerMemoryBytes: z.number(),
  lockWaitMs: z.number(),
  backupsPath: z.string().optional(),
  logLevel: z.string(),
});
export type StartOptions = z.output<typeof startOptions>;

export const startMessage = z.object({ type: z.literal('tollgate.start'), options: startOptions });
export type StartMessage = z.output<typeof startMessage>;

export const childMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tollgate.ready'), port: z.int(), version: z.string() }),
  z.object({ type: z.literal('tollgate.failed'), reason: z.string() }),
]);
export type ChildMessage = z.output<typeof childMessage>;
