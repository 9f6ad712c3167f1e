// A count with its noun, as a sentence needs it. English nouns that take an s; nothing else.

/** `1 call`, `2 calls`, `12,345 calls`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
