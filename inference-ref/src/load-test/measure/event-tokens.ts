// How many tokens each event carried: told by the server, one each where the sum says so, else shared out by text length.
import type { EventTokenSource, TokenSource } from './call-record.ts';

export interface EventTokensInput {
  /** Tokens told for each event, NaN where the server was silent. */
  readonly told: Float64Array;
  /** Length of each event's text in characters. */
  readonly textLengths: Float64Array;
  /** The reported completion tokens, reasoning included; undefined when the answer carried none. */
  readonly reported: number | undefined;
  /** A tokenizer's count of the whole text, used when nothing was reported. */
  readonly counted: number | undefined;
}

export interface EventTokens {
  readonly outputTokens: number;
  readonly tokenSource: TokenSource;
  readonly eventTokenSource: EventTokenSource;
  readonly eventTokens: Float64Array;
}

export function assignEventTokens({ told, textLengths, reported, counted }: EventTokensInput): EventTokens {
  const events = textLengths.length;
  const sum = sumOf(told);
  const toldSum = Number.isNaN(sum) ? null : sum;
  const [outputTokens, tokenSource] = total({ reported, counted, toldSum, events });
  if (toldSum !== null && events > 0 && toldSum <= outputTokens) {
    return { outputTokens, tokenSource, eventTokenSource: 'reported', eventTokens: told.slice() };
  }
  if (outputTokens === events) {
    return {
      outputTokens,
      tokenSource,
      eventTokenSource: 'one_each',
      eventTokens: new Float64Array(events).fill(1),
    };
  }
  return {
    outputTokens,
    tokenSource,
    eventTokenSource: 'apportioned',
    eventTokens: apportion(outputTokens, textLengths),
  };
}

function total(input: {
  reported: number | undefined;
  counted: number | undefined;
  toldSum: number | null;
  events: number;
}): [number, TokenSource] {
  if (input.reported !== undefined) return [input.reported, 'reported'];
  if (input.toldSum !== null && input.events > 0) return [input.toldSum, 'reported'];
  if (input.counted !== undefined) return [input.counted, 'counted'];
  return input.events > 0 ? [input.events, 'events'] : [0, 'none'];
}

/** Shares whole tokens out in proportion to text length; rounding is carried on, so the sum is exact. */
function apportion(outputTokens: number, textLengths: Float64Array): Float64Array {
  const totalLength = sumOf(textLengths);
  const shares = new Float64Array(textLengths.length);
  let lengthSoFar = 0;
  let given = 0;
  for (const [index, length] of textLengths.entries()) {
    lengthSoFar += length;
    const upTo = totalLength === 0 ? 0 : Math.round((outputTokens * lengthSoFar) / totalLength);
    shares[index] = upTo - given;
    given = upTo;
  }
  return shares;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum;
}
