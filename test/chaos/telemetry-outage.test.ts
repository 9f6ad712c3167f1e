// Telemetry in trouble under a steady rate: no client notices, and afterwards every call is stored or counted as dropped.
import { describe, expect, it } from 'vitest';
import { canMount, mountMemoryDisk } from './memory-disk.ts';
import { type OutageFigures, type OutageOptions, runOutage } from './telemetry-outage.ts';

const RATE = { ratePerSecond: 200, calmMs: 2_000 };
const MIB = 1024 * 1024;

async function check(options: Omit<OutageOptions, 'ratePerSecond' | 'calmMs'>): Promise<OutageFigures> {
  const figures = await runOutage({ ...RATE, ...options });
  const { seen, stored, dropped, missing } = figures.completeness;
  process.stdout.write(`${JSON.stringify({ ...figures, failures: figures.failures.length })}\n`);
  expect(figures.failures).toEqual([]);
  expect(seen).toBe(figures.answered);
  expect(stored + dropped).toBe(seen);
  expect(missing).toBe(0);
  // Ticks that come late are made up for, so nearly the whole rate was sent.
  expect(seen).toBeGreaterThan((RATE.ratePerSecond * (2 * RATE.calmMs + options.outageMs) * 0.9) / 1000);
  return figures;
}

describe('with the collector away', () => {
  it('nothing is lost', async () => {
    const { completeness, spoolPeakBytes } = await check({ outageMs: 15_000 });
    expect(completeness.dropped).toBe(0);
    expect(spoolPeakBytes).toBeGreaterThan(MIB);
  });

  it('and the spool at its limit, what does not fit is counted', async () => {
    const { completeness, spoolPeakBytes } = await check({ outageMs: 8_000, spool: { maxBytes: MIB / 2 } });
    expect(completeness.dropped).toBeGreaterThan(0);
    expect(spoolPeakBytes).toBeLessThanOrEqual(MIB / 2);
  });
});

describe.skipIf(!canMount())('with the collector away, and the disk (needs root, to mount one)', () => {
  it('full, what does not fit in memory either is counted', async () => {
    const { completeness, degraded } = await check({
      outageMs: 8_000,
      spool: { memoryMaxBytes: MIB / 4 },
      prepare: (directory) => mountMemoryDisk(directory, 'size=512k'),
    });
    expect(completeness.dropped).toBeGreaterThan(0);
    expect(degraded.join()).toContain('spool: the disk fails');
  });

  it('read-only, everything waits in memory', async () => {
    const { completeness, degraded } = await check({
      outageMs: 6_000,
      prepare: (directory) => mountMemoryDisk(directory, 'size=1m,ro'),
    });
    expect(completeness.dropped).toBe(0);
    expect(degraded.join()).toContain('spool: the disk fails');
  });
});
