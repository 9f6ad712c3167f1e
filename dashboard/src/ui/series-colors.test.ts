import { describe, expect, it } from 'vitest';
import { createSeriesColors, OTHER_COLOR, SERIES_COLORS } from './series-colors.ts';

function memoryStore(initial: string | null = null) {
  let text = initial;
  return {
    read: () => text,
    write: (next: string) => {
      text = next;
    },
  };
}

describe('createSeriesColors', () => {
  it('keeps the colour of a name when the order of the names changes, and after a reload', () => {
    const store = memoryStore();
    const first = createSeriesColors(store).assign('team', ['search', 'support', 'billing']);
    const second = createSeriesColors(store).assign('team', ['billing', 'new', 'search', 'support']);
    for (const name of ['search', 'support', 'billing']) expect(second.get(name)).toBe(first.get(name));
  });

  it('never gives two series of one chart the same colour', () => {
    const colors = createSeriesColors(memoryStore());
    colors.assign(
      'user',
      Array.from({ length: 40 }, (_, index) => `user-${index}`),
    );
    for (let start = 0; start < 32; start += 1) {
      const names = Array.from({ length: SERIES_COLORS.length }, (_, index) => `user-${start + index}`);
      expect(new Set(colors.assign('user', names).values()).size).toBe(SERIES_COLORS.length);
    }
  });

  it('starts afresh when what was remembered is damaged', () => {
    for (const damaged of ['{', '{"a":1}', '[["team\\nx",99]]']) {
      expect(createSeriesColors(memoryStore(damaged)).assign('team', ['x']).get('x')).toMatch(/^#/);
    }
  });
});

// Machado, Oliveira & Fernandes (2009), severity 1; distances in OKLab.
const DEFICIENCIES: Record<string, number[][]> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function times(matrix: number[][], vector: number[]): number[] {
  return matrix.map((row) => row.reduce((sum, factor, index) => sum + factor * (vector[index] ?? 0), 0));
}

function oklab(rgb: number[]): number[] {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt);
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

describe('SERIES_COLORS', () => {
  for (const [deficiency, matrix] of Object.entries(DEFICIENCIES)) {
    it(`can be told apart with ${deficiency}`, () => {
      const seen = [...SERIES_COLORS, OTHER_COLOR].map((hex) =>
        oklab(times(matrix, linear(hex)).map((value) => Math.min(1, Math.max(0, value)))),
      );
      for (const [index, one] of seen.entries()) {
        for (const two of seen.slice(index + 1)) {
          const distance = Math.hypot(...one.map((value, axis) => value - (two[axis] ?? 0)));
          expect(distance).toBeGreaterThan(0.07);
        }
      }
    });
  }
});
