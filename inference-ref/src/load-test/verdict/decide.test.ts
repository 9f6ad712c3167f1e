import { describe, expect, it } from 'vitest';
import { binomialCdf, proportionLowerBound, proportionUpperBound } from './binomial.ts';
import { decideMean, decideProportion } from './decide.ts';
import { studentQuantile } from './student.ts';

describe('binomial', () => {
  it('sums probabilities exactly', () => {
    // P(X ≤ 2), X ~ B(10, 0.3) = 0.3827827864
    expect(binomialCdf(2, 10, 0.3)).toBeCloseTo(0.3827827864, 9);
    expect(binomialCdf(495, 500, 0.99)).toBeCloseTo(0.5603937, 4);
  });
  it('bounds a proportion as Clopper and Pearson do', () => {
    // Zero of n: 1 − α^(1/n).
    expect(proportionUpperBound(0, 100, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 100), 9);
    expect(proportionLowerBound(100, 100, 0.95)).toBeCloseTo(0.05 ** (1 / 100), 9);
    expect(proportionLowerBound(3, 20, 0.95)).toBeCloseTo(0.042169, 5);
  });
  it('knows the quantiles of t', () => {
    expect(studentQuantile(0.975, 10)).toBeCloseTo(2.228139, 5);
    expect(studentQuantile(0.95, 1)).toBeCloseTo(6.313752, 4);
  });
});

describe('deciding a proportion', () => {
  const p99 = { allowed: 0.01, confidence: 0.99 };
  it('certifies a p99 at 99 % with 459 clean requests and not with 458', () => {
    expect(decideProportion({ violations: 0, n: 458, ...p99 }).outcome).toBe('inconclusive');
    expect(decideProportion({ violations: 0, n: 459, ...p99 }).outcome).toBe('pass');
  });
  it('says how many more requests it needs', () => {
    expect(decideProportion({ violations: 0, n: 400, ...p99 }).moreRequests).toBe(59);
    expect(decideProportion({ violations: 0, n: 0, ...p99 }).moreRequests).toBe(459);
  });
  it('fails what violates too often to be luck', () => {
    expect(decideProportion({ violations: 15, n: 300, ...p99 }).outcome).toBe('fail');
  });
  it('leaves open what could be luck, and what no number settles', () => {
    expect(decideProportion({ violations: 4, n: 300, ...p99 }).outcome).toBe('inconclusive');
    expect(decideProportion({ violations: 3, n: 300, ...p99 })).toMatchObject({
      outcome: 'inconclusive',
      moreRequests: null,
    });
  });
});

describe('deciding a mean', () => {
  const rule = { n: 10, pieces: 10, standardError: 1, threshold: 100, below: true, confidence: 0.95 };
  it('passes, fails and leaves open by the interval', () => {
    expect(decideMean({ ...rule, mean: 95 }).outcome).toBe('pass');
    expect(decideMean({ ...rule, mean: 105 }).outcome).toBe('fail');
    expect(decideMean({ ...rule, mean: 99.5 })).toMatchObject({ outcome: 'inconclusive' });
    expect(decideMean({ ...rule, mean: 99.5 }).moreRequests).toBeGreaterThan(50);
  });
  it('turns round for objectives that want more', () => {
    expect(decideMean({ ...rule, mean: 105, below: false }).outcome).toBe('pass');
  });
});
