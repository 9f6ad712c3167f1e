import { describe, expect, it } from 'vitest';
import { type LineSeries, svgLines } from './svg-lines.ts';

function dotsOf(points: LineSeries['points'], dots?: boolean): number {
  const scale = { low: 0, high: 10, log: false };
  const series = [{ name: 'a', points, ...(dots === undefined ? {} : { dots }) }];
  const svg = svgLines({ title: 't', xLabel: 'x', yLabel: 'y', xScale: scale, yScale: scale, series });
  return svg.split('<circle').length - 1;
}

describe('lines', () => {
  const check = (name: string, points: LineSeries['points'], dots: number, wanted?: boolean): void => {
    it(`${name}: ${dots} dots`, () => {
      expect(dotsOf(points, wanted)).toBe(dots);
    });
  };
  check('a run of one window', [[1, 5]], 1);
  check(
    'a line',
    [
      [1, 5],
      [2, 6],
      [3, 7],
    ],
    0,
  );
  check(
    'a point between gaps',
    [
      [1, 5],
      [2, 6],
      [3, null],
      [4, 7],
      [5, null],
    ],
    1,
  );
  check('nothing but a gap', [[1, null]], 0);
  check(
    'a line with dots',
    [
      [1, 5],
      [2, 6],
      [3, null],
    ],
    2,
    true,
  );
});
