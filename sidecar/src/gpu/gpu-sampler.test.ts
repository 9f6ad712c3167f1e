import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GpuSample } from '@tollgate/contract';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cCompiler, compileStandInNvml } from '../../../test/fixtures/nvml/compile-stand-in-nvml.ts';
import { createGpuSampler } from './gpu-sampler.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-nvml-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function setUp(libraryPath: string, intervalMs = 3_600_000) {
  const lines: string[] = [];
  const clock = { ms: 1000, nowMicros: () => 1_700_000_000_123_456, monotonicMs: () => clock.ms };
  let notify: () => void = () => undefined;
  let logged: () => void = () => undefined;
  const write = (line: string) => {
    lines.push(line);
    logged();
  };
  const sampler = createGpuSampler({
    sidecarId: 'sidecar-1',
    host: 'host-1',
    clock,
    log: createLogger({ name: 'test', destination: { write } }),
    onSamples: () => notify(),
    intervalMs,
    libraryPath,
    restartDelayMs: 10,
  });
  return {
    sampler,
    lines,
    clock,
    nextRound: () => new Promise<void>((resolve) => (notify = resolve)),
    nextLine: () => new Promise<void>((resolve) => (logged = resolve)),
  };
}

async function startSampling(libraryPath: string, intervalMs?: number) {
  const parts = setUp(libraryPath, intervalMs);
  const round = parts.nextRound();
  expect(await parts.sampler.start()).toBe(true);
  await round;
  return parts;
}

describe('without a driver', () => {
  it('says once that there is no library, and nothing else happens', async () => {
    const { sampler, lines } = setUp(join(directory, 'absent.so.1'));
    expect(await sampler.start()).toBe(false);
    expect(sampler.isUp()).toBe(false);
    expect(sampler.busiestGpu()).toBeNull();
    await sampler.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('no gpu samples');
  });

  it('takes a file that is no library for an absent one', async () => {
    const path = join(directory, 'text.so.1');
    writeFileSync(path, 'not a library');
    const { sampler, lines } = setUp(path);
    expect(await sampler.start()).toBe(false);
    expect(lines).toHaveLength(1);
  });
});

describe.skipIf(cCompiler === undefined)('with a stand-in library (needs gcc or cc)', () => {
  let plain = '';
  beforeAll(() => {
    plain = compileStandInNvml(join(directory, 'plain.so'));
  });

  it('reads every value in the units of the contract and leaves refused ones null', async () => {
    const { sampler } = await startSampling(plain);
    expect(sampler.isUp()).toBe(true);
    const [first, second] = sampler.latest();
    expect(GpuSample.parse(first)).toEqual({
      sampled_at: '2023-11-14T22:13:20.123456Z',
      sidecar_id: 'sidecar-1',
      host: 'host-1',
      gpu_index: 0,
      gpu_uuid: 'GPU-0',
      gpu_name: 'Stand-in H200',
      mig_uuid: '',
      utilization_pct: 37,
      memory_utilization_pct: 12,
      memory_used_bytes: 2048,
      memory_total_bytes: 150_754_820_096,
      power_watts: 123.456,
      power_limit_watts: 700,
      energy_joules: 9_876_543.21,
      temperature_celsius: 40,
      sm_clock_mhz: 1980,
      memory_clock_mhz: 3201,
      throttle_reasons: ['sw_power_cap', 'hw_thermal_slowdown'],
      ecc_corrected_errors: 5,
      ecc_uncorrected_errors: 1,
      pcie_rx_bytes_per_second: 2_097_152,
      pcie_tx_bytes_per_second: 1_048_576,
      process_count: 3,
    });
    expect(second).toMatchObject({ energy_joules: null, ecc_corrected_errors: null, throttle_reasons: [] });
    await sampler.stop();
  });

  it('gives a call the load of the busiest card, and none once the samples are stale', async () => {
    const { sampler, clock, nextRound } = await startSampling(plain, 20);
    expect(sampler.busiestGpu()).toEqual({ utilizationPct: 91, memoryUsedBytes: 2049 });
    clock.ms += 5001;
    expect(sampler.busiestGpu()).toBeNull();
    await nextRound();
    expect(sampler.busiestGpu()).not.toBeNull();
    await sampler.stop();
  });

  it('gives MIG instances rows of their own beside their card', async () => {
    const { sampler } = await startSampling(compileStandInNvml(join(directory, 'mig.so'), ['WITH_MIG']));
    const rows = sampler.latest().map((row) => [row.gpu_index, row.mig_uuid, row.utilization_pct]);
    expect(rows).toEqual([
      [0, '', 37],
      [1, '', null],
      [1, 'MIG-1-0', null],
      [1, 'MIG-1-1', null],
    ]);
    expect(sampler.latest()[3]).toMatchObject({ memory_used_bytes: 4097, power_watts: null });
    await sampler.stop();
  });

  it('falls back to older functions where the driver lacks the newer', async () => {
    const { sampler } = await startSampling(compileStandInNvml(join(directory, 'old.so'), ['WITHOUT_V2']));
    expect(sampler.latest()[0]).toMatchObject({ memory_used_bytes: 700, memory_total_bytes: 1000 });
    await sampler.stop();
  });

  it('says once that the driver is not loaded', async () => {
    const parts = setUp(compileStandInNvml(join(directory, 'driverless.so'), ['DRIVER_MISSING']));
    const line = parts.nextLine();
    await parts.sampler.start();
    await line;
    await parts.sampler.stop();
    expect(parts.lines).toHaveLength(1);
    expect(parts.lines[0]).toContain('the driver is not loaded');
  });

  it('survives a driver that crashes, and samples again after a restart', async () => {
    const { sampler, lines, nextLine, nextRound } = setUp(
      compileStandInNvml(join(directory, 'crash.so'), ['CRASHING']),
    );
    const died = nextLine();
    const round = nextRound();
    await sampler.start();
    await died;
    expect(lines[0]).toContain('the gpu sampling process died');
    await round;
    expect(sampler.isUp()).toBe(true);
    await sampler.stop();
  });

  it('stops within a second or so when the driver hangs', async () => {
    const { sampler } = setUp(compileStandInNvml(join(directory, 'hanging.so'), ['HANGING=30']));
    await sampler.start();
    const startedMs = performance.now();
    await sampler.stop();
    expect(performance.now() - startedMs).toBeLessThan(3000);
    expect(sampler.isUp()).toBe(false);
  });
});
