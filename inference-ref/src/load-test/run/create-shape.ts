// From a shape's description to the shape.
import type { ArrivalProcess } from '../shapes/arrival-process.ts';
import { createClosedLoop } from '../shapes/closed-loop.ts';
import { constantArrivals } from '../shapes/constant.ts';
import { createGammaArrivals } from '../shapes/gamma.ts';
import { createMultiTurn } from '../shapes/multi-turn.ts';
import { createOpenLoop } from '../shapes/open-loop.ts';
import { poissonArrivals } from '../shapes/poisson.ts';
import type { Shape } from '../shapes/shape.ts';
import { createTraceReplay } from '../shapes/trace-replay.ts';
import { createUsers } from '../shapes/users.ts';
import type { ArrivalSpec, ShapeSpec } from './load-plan.ts';

export function createShape(spec: ShapeSpec): Shape {
  switch (spec.kind) {
    case 'closed':
      return createClosedLoop(spec);
    case 'users':
      return createUsers(spec);
    case 'multi-turn':
      return createMultiTurn(spec);
    case 'open':
      return createOpenLoop({ profile: spec.profile, arrivals: createArrivals(spec.arrivals) });
    case 'trace':
      return createTraceReplay(spec);
  }
}

function createArrivals(spec: ArrivalSpec): ArrivalProcess {
  if (spec.kind === 'gamma') return createGammaArrivals(spec.shape);
  return spec.kind === 'constant' ? constantArrivals : poissonArrivals;
}
