import { expect, it } from 'vitest';
import { createTokenText, type TokenBytes } from './token-text.ts';

function tableOf(tokens: readonly Uint8Array[]): TokenBytes {
  const offsets = new Uint32Array(tokens.length + 1);
  tokens.forEach((token, id) => {
    offsets[id + 1] = (offsets[id] ?? 0) + token.length;
  });
  return { bytes: Uint8Array.from(tokens.flatMap((token) => [...token])), offsets, longestBytes: 8 };
}

const text = (...parts: string[]) => tableOf(parts.map((part) => new TextEncoder().encode(part)));
const ids = (table: TokenBytes) => Array.from({ length: table.offsets.length - 1 }, (_, id) => id);

it('shows a character once all of its bytes are there', () => {
  const table = tableOf([...new TextEncoder().encode('é€😀')].map((byte) => Uint8Array.of(byte)));
  const stream = createTokenText(table, []);
  const shown = ids(table).map((id) => stream.add(id, true).text);
  expect(shown.filter((part) => part !== '')).toEqual(['é', '€', '😀']);
  expect(shown.join('')).not.toContain('\ufffd');
});

it('shows a replacement character for bytes that never become one', () => {
  const table = tableOf([Uint8Array.of(0xe2, 0x82)]);
  const stream = createTokenText(table, []);
  expect(stream.add(0, true).text + stream.finish()).toBe('\ufffd');
});

it('keeps bytes in their order where a token without bytes stands within a character', () => {
  const begun = Uint8Array.of(0xf0, 0x9f);
  const none = new Uint8Array(0);
  const shown = (...tokens: readonly Uint8Array[]) => {
    const stream = createTokenText(tableOf(tokens), []);
    const texts = tokens.map((_, id) => stream.add(id, true).text);
    return texts.join('') + stream.finish();
  };
  expect(shown(begun, none, new TextEncoder().encode('abc'))).toBe('\ufffdabc');
  expect(shown(begun, none, Uint8Array.of(0x98, 0x80))).toBe('😀');
});

it.each([
  { parts: ['Hello', ' wor', 'ld!'], stops: [' world'], shown: 'Hello', by: ' world' },
  { parts: ['a', 'b', 'c', 'd'], stops: ['cd', 'bc'], shown: 'a', by: 'bc' },
  { parts: ['one\n', '\n', 'two'], stops: ['\n\n'], shown: 'one', by: '\n\n' },
  { parts: ['xaab'], stops: ['ab'], shown: 'xa', by: 'ab' },
])('stops at $by across token borders', ({ parts, stops, shown, by }) => {
  const table = text(...parts);
  const stream = createTokenText(table, stops);
  let out = '';
  for (const id of ids(table)) {
    const step = stream.add(id, true);
    out += step.text;
    if (step.stoppedBy === null) continue;
    expect([out, step.stoppedBy]).toEqual([shown, by]);
    return;
  }
  throw new Error('did not stop');
});

it('gives back what it held when no stop came of it', () => {
  const table = text('ab', 'x');
  const stream = createTokenText(table, ['abc']);
  expect(stream.add(0, true).text).toBe('');
  expect(stream.add(1, true).text).toBe('abx');
  expect(stream.add(0, true).text + stream.finish()).toBe('ab');
});

it('shows stop texts as long as it may not stop', () => {
  const stream = createTokenText(text('stop'), ['stop']);
  expect(stream.add(0, false)).toEqual({ text: 'stop', stoppedBy: null });
});
