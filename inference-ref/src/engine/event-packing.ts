// Events on their way out of the worker: plain tokens, which are nearly all of them, travel as one flat list each round
// instead of an object each, which halves the cost of the message. Order is kept.

import type { GenerationEvent } from './engine-events.ts';

/** Id, token and text, again and again. */
type PackedTokens = readonly (number | string)[];
export type PackedEvents = readonly (PackedTokens | GenerationEvent)[];

export function packEvents(events: readonly GenerationEvent[]): PackedEvents {
  const packed: (PackedTokens | GenerationEvent)[] = [];
  let tokens: (number | string)[] | null = null;
  for (const event of events) {
    if (event.kind !== 'token' || event.token.logprob !== undefined) {
      packed.push(event);
      tokens = null;
      continue;
    }
    if (tokens === null) {
      tokens = [];
      packed.push(tokens);
    }
    tokens.push(event.id, event.token.tokenId, event.text);
  }
  return packed;
}

export function unpackEvents(packed: PackedEvents, deliver: (event: GenerationEvent) => void): void {
  for (const part of packed) {
    if (!isTokens(part)) {
      deliver(part);
      continue;
    }
    for (let at = 0; at < part.length; at += 3) {
      const token = { tokenId: part[at + 1] as number };
      deliver({ kind: 'token', id: part[at] as number, text: part[at + 2] as string, token });
    }
  }
}

function isTokens(part: PackedTokens | GenerationEvent): part is PackedTokens {
  return Array.isArray(part);
}
