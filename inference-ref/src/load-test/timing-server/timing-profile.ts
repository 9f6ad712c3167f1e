// How the built-in server of known timing behaves: every delay it makes and every quirk it shows.
import { z } from 'zod';

const ms = z.number().nonnegative();

export const TimingProfile = z.object({
  /** From the request's receipt to the first event's write, queueing apart. */
  ttftMs: ms.default(100),
  /** Between tokens; an event of n tokens comes n gaps after the one before. */
  gapMs: ms.default(20),
  /** Tokens of an answer when the request names no `max_tokens`. */
  outputTokens: z.int().positive().default(64),
  tokensPerEvent: z.int().positive().default(1),
  /** Of the output tokens, how many come first as reasoning. */
  reasoningTokens: z.int().nonnegative().default(0),
  /** A role-only chunk at once, long before the first token. */
  roleChunk: z.boolean().default(false),
  toolCall: z.boolean().default(false),
  crlf: z.boolean().default(false),
  /** Every event is written in two parts, cut inside a UTF-8 sequence. */
  splitUtf8: z.boolean().default(false),
  usage: z.enum(['end', 'running', 'none']).default('end'),
  cachedTokens: z.int().nonnegative().default(0),
  /** Requests served at a time; the others queue. 0 is no limit. */
  slots: z.int().nonnegative().default(0),
  /** The whole server freezes once, this long after its first request. */
  stallAtMs: ms.nullable().default(null),
  stallForMs: ms.default(2000),
  /** Multiplies the time to the first token: 1.1 is a planted regression of 10 %. */
  ttftFactor: z.number().positive().default(1),
  /** Sigma of a lognormal factor on each TTFT, median 1. 0 is exact timing. */
  ttftSigma: ms.default(0),
  seed: z.int().default(1),
  /** Every n-th request is answered with status 500. 0 is never. */
  failEvery: z.int().nonnegative().default(0),
});
export type TimingProfile = z.infer<typeof TimingProfile>;
