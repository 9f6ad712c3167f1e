import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drawToken } from './nucleus.ts';
import { createRandomNumbers } from './random-numbers.ts';

interface Cuts {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
}

/** The definition: sort everything, cut by k, by min-p, by mass. */
function nucleusByDefinition(logits: readonly number[], cuts: Cuts): Set<number> {
  const max = Math.max(...logits);
  const all = logits
    .map((logit, id) => ({ id, weight: Math.exp((logit - max) / cuts.temperature) }))
    .sort((a, b) => b.weight - a.weight || a.id - b.id);
  const cut = all
    .slice(0, cuts.topK === 0 ? all.length : cuts.topK)
    .filter(({ weight }, place) => place === 0 || weight >= cuts.minP);
  const total = cut.reduce((sum, { weight }) => sum + weight, 0);
  const kept = new Set<number>();
  let mass = 0;
  for (const { id, weight } of cut) {
    kept.add(id);
    mass += weight;
    // A sum in another order may differ in its last bit: on the border the token belongs to the set.
    if (cuts.topP < 1 && mass >= cuts.topP * total * (1 + 1e-12)) break;
  }
  return kept;
}

it('draws from exactly the tokens that the definition keeps', () => {
  const logit = fc.integer({ min: -80, max: 80 }).map((n) => n / 8);
  const cuts = fc.record({
    temperature: fc.constantFrom(0.3, 0.8, 1, 2),
    topP: fc.constantFrom(0.1, 0.5, 0.9, 0.95, 1),
    topK: fc.constantFrom(0, 1, 2, 5, 50),
    minP: fc.constantFrom(0, 0.01, 0.2, 1),
  });
  fc.assert(
    fc.property(fc.array(logit, { minLength: 2, maxLength: 40 }), cuts, fc.nat(), (logits, each, seed) => {
      const kept = nucleusByDefinition(logits, each);
      const random = createRandomNumbers(seed);
      for (let i = 0; i < 20; i++) expect(kept).toContain(drawToken(Float32Array.from(logits), each, random));
      // The extremes of the random number reach the first and the last of them.
      expect(kept).toContain(drawToken(Float32Array.from(logits), each, () => 0));
      expect(kept).toContain(drawToken(Float32Array.from(logits), each, () => 1 - 2 ** -32));
    }),
    { numRuns: 300 },
  );
});

it('reaches every kept token', () => {
  const logits = Float32Array.of(0, 1, 2, 3, 2.5);
  const cuts = { temperature: 1, topP: 0.9, topK: 4, minP: 0.05 };
  const random = createRandomNumbers(1);
  const drawn = new Set(Array.from({ length: 2_000 }, () => drawToken(logits, cuts, random)));
  expect(drawn).toEqual(nucleusByDefinition([...logits], cuts));
});
