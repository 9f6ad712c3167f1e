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

it('leaves out the rest of long lists and of large objects within others, and keeps what follows them', () => {
  const many = Array.from({ length: 3000 }, (_, at) => ({ at, text: 'x'.repeat(90), deep: [[at]] }));
  const large = Object.fromEntries(many.map((entry) => [`k${entry.at}`, entry]));
  const usage = { prompt_tokens: 5, completion_tokens: 7 };
  const response = { list: many, schema: { large }, again: many, bulk: [{ embedding: [1] }], usage };
  const json = condense(JSON.stringify({ response, last: [[], {}, 'end'] }), 4096) ?? '';
  expect(json.length).toBeLessThan(256 * 1024);
  const kept = JSON.parse(json) as { response: typeof response; last: unknown };
  expect(kept.response.usage).toEqual(usage);
  expect(kept.last).toEqual([[], {}, 'end']);
  const { list } = kept.response;
  expect(list.length).toBeGreaterThan(100);
  expect(list).toEqual(many.slice(0, list.length));
  expect(Object.values(kept.response.schema.large).length).toBeGreaterThan(100);
});

it('keeps JSON of any kind valid while it leaves out the rest of lists', () => {
  const value = fc.json({ maxDepth: 4 }).map((json): unknown => JSON.parse(json));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 9000 }),
      (inner, size) => {
        const filler = Array.from({ length: 400 }, (_, at) => [
          inner[at % inner.length],
          'y'.repeat(200),
          { at },
        ]);
        const kept = JSON.parse(condense(JSON.stringify({ a: { filler }, b: inner }), size) ?? '');
        expect(kept.b).toEqual(inner);
        expect(kept.a.filler).toEqual(filler.slice(0, kept.a.filler.length));
      },
    ),
    { numRuns: 50 },
  );
});

it('gives up beyond its bound', () => {
  const members = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`member-${at}`, at]));
  expect(condense(JSON.stringify(members), 65_536)).toBeUndefined();
});
