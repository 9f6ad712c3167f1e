import { expect, it } from 'vitest';
import { budgetScale } from './budget-scale.ts';

const check = (ratio: number, scale: number, isCut: boolean) =>
  it(`draws ${ratio} of a budget on a bar of ${scale}`, () =>
    expect(budgetScale(ratio)).toEqual({ scale, isCut }));
check(0, 1, false);
check(1, 1, false);
check(1.2, 1.2, false);
check(23.75, 1.5, true);
