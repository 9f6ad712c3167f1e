import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createJsonCondenser } from './json-condenser.ts';

function condense(json: string | Buffer, size = 7): string | undefined {
  const condenser = createJsonCondenser();
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += size) condenser.push(bytes.subarray(at, at + size));
  return condenser.take()?.toString();
}

it('keeps JSON without bulk as it is, white space aside', () => {
  const value = fc.json({ stringUnit: 'grapheme' }).map((json): unknown => JSON.parse(json));
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 30 }), (inner, size) => {
      const json = JSON.stringify([inner], null, 1);
      expect(JSON.parse(condense(json, size) ?? '')).toEqual([inner]);
    }),
  );
});

it('leaves bulky members out at every depth, whatever they hold', () => {
  const json =
    '{"a":[{"embedding":[1,[2,{"x":"]}\\""}]],"b":1}],"logprobs":{"y":[1]},"b64_json":"AAAA","c":"embedding"}';
  expect(JSON.parse(condense(json) ?? '')).toEqual({
    a: [{ embedding: null, b: 1 }],
    logprobs: null,
    b64_json: null,
    c: 'embedding',
  });
});

it('cuts long strings between characters, never inside an escape', () => {
  for (let pad = 0; pad < 8; pad += 1) {
    const text = `${'x'.repeat(pad)}${'\u0001"\\é👋'.repeat(6000)}`;
    const condensed = condense(JSON.stringify({ text, after: 1 }), 4096) ?? '';
    const { text: kept, after } = JSON.parse(condensed) as { text: string; after: number };
    expect(after).toBe(1);
    expect(kept.length).toBeGreaterThan(10_000);
    expect(text.startsWith(kept.replace(/\ufffd+$/, ''))).toBe(true);
  }
});

it('skips what stands before the document', () => {
  expect(condense('data: {"a":1}')).toBe('{"a":1}');
});

it('gives up beyond its bound', () => {
  expect(condense(JSON.stringify({ a: Array.from({ length: 200_000 }, () => 1) }), 65_536)).toBeUndefined();
});
