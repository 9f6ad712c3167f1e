// Three projects: `unit` stands beside the sources and stays quick, `e2e` starts the real binaries, and `timing` measures
// real time: it wants a quiet machine and gates nothing.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/fixed-seed.ts'],
          include: [
            '{contract,service-kit,collector,sidecar,inference-ref,dashboard,grafana}/src/**/*.test.{ts,tsx}',
            'test/unit/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,chaos}/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'timing',
          include: ['test/timing/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
    ],
  },
});
