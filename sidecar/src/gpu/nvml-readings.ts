// Turns one device handle into readings in the contract's units. A reading that the card refuses is null.
import {
  type DeviceHandle,
  NVML,
  type NvmlArgument,
  type NvmlFunction,
  type NvmlLibrary,
} from './nvml-library.ts';

export interface GpuReadings {
  readonly utilization_pct: number | null;
  readonly memory_utilization_pct: number | null;
  readonly memory_used_bytes: number | null;
  readonly memory_total_bytes: number | null;
  readonly power_watts: number | null;
  readonly power_limit_watts: number | null;
  readonly energy_joules: number | null;
  readonly temperature_celsius: number | null;
  readonly sm_clock_mhz: number | null;
  readonly memory_clock_mhz: number | null;
  readonly throttle_reasons: string[];
  readonly ecc_corrected_errors: number | null;
  readonly ecc_uncorrected_errors: number | null;
  readonly pcie_rx_bytes_per_second: number | null;
  readonly pcie_tx_bytes_per_second: number | null;
  readonly process_count: number | null;
}

/** NVML's enumerations, by the names of nvml.h. */
const TEMPERATURE_GPU = 0;
const CLOCK_SM = 1;
const CLOCK_MEM = 2;
const ECC_CORRECTED = 0;
const ECC_UNCORRECTED = 1;
const ECC_SINCE_DRIVER_LOAD = 0;
const PCIE_TX = 0;
const PCIE_RX = 1;
/** `nvmlMemory_v2_t`: its size, and its version in the top byte. */
const MEMORY_V2_BYTES = 40;
const MEMORY_V2_VERSION = MEMORY_V2_BYTES | (2 << 24);

/** Bits of the clocks' throttle reasons. Idleness (bit 0) lowers clocks as well, but throttles nothing. */
const THROTTLE_REASONS: readonly (readonly [bigint, string])[] = [
  [0x2n, 'applications_clocks_setting'],
  [0x4n, 'sw_power_cap'],
  [0x8n, 'hw_slowdown'],
  [0x10n, 'sync_boost'],
  [0x20n, 'sw_thermal_slowdown'],
  [0x40n, 'hw_thermal_slowdown'],
  [0x80n, 'hw_power_brake_slowdown'],
  [0x100n, 'display_clock_setting'],
];

/** Reads everything of one device, one call after another, so that at most one thread is ever waiting for the driver. */
export async function readGpu(nvml: NvmlLibrary, device: DeviceHandle): Promise<GpuReadings> {
  const u32 = (name: NvmlFunction, ...args: NvmlArgument[]) => readU32(nvml, name, [device, ...args]);
  const u64 = (name: NvmlFunction, ...args: NvmlArgument[]) => readU64(nvml, name, [device, ...args]);
  const rates = await readOut(nvml, 'nvmlDeviceGetUtilizationRates', [device], 8);
  const memory = await readMemory(nvml, device);
  return {
    utilization_pct: rates?.readUInt32LE(0) ?? null,
    memory_utilization_pct: rates?.readUInt32LE(4) ?? null,
    memory_used_bytes: memory.used,
    memory_total_bytes: memory.total,
    power_watts: scaled(await u32('nvmlDeviceGetPowerUsage'), 0.001),
    power_limit_watts: scaled(await u32('nvmlDeviceGetEnforcedPowerLimit'), 0.001),
    energy_joules: scaled(toNumber(await u64('nvmlDeviceGetTotalEnergyConsumption')), 0.001),
    temperature_celsius: await u32('nvmlDeviceGetTemperature', TEMPERATURE_GPU),
    sm_clock_mhz: await u32('nvmlDeviceGetClockInfo', CLOCK_SM),
    memory_clock_mhz: await u32('nvmlDeviceGetClockInfo', CLOCK_MEM),
    throttle_reasons: reasonsOf(await u64('nvmlDeviceGetCurrentClocksThrottleReasons')),
    ecc_corrected_errors: toNumber(
      await u64('nvmlDeviceGetTotalEccErrors', ECC_CORRECTED, ECC_SINCE_DRIVER_LOAD),
    ),
    ecc_uncorrected_errors: toNumber(
      await u64('nvmlDeviceGetTotalEccErrors', ECC_UNCORRECTED, ECC_SINCE_DRIVER_LOAD),
    ),
    pcie_rx_bytes_per_second: scaled(await u32('nvmlDeviceGetPcieThroughput', PCIE_RX), 1024),
    pcie_tx_bytes_per_second: scaled(await u32('nvmlDeviceGetPcieThroughput', PCIE_TX), 1024),
    process_count: await readProcessCount(nvml, device),
  };
}

/** The second version leaves out what the driver reserves for itself, as nvidia-smi does. */
async function readMemory(
  nvml: NvmlLibrary,
  device: DeviceHandle,
): Promise<{ used: number | null; total: number | null }> {
  const second = Buffer.alloc(MEMORY_V2_BYTES);
  second.writeUInt32LE(MEMORY_V2_VERSION, 0);
  if ((await nvml.call('nvmlDeviceGetMemoryInfo_v2', device, second)) === NVML.success) {
    return { total: toNumber(second.readBigUInt64LE(8)), used: toNumber(second.readBigUInt64LE(32)) };
  }
  const first = await readOut(nvml, 'nvmlDeviceGetMemoryInfo', [device], 24);
  return {
    total: toNumber(first?.readBigUInt64LE(0) ?? null),
    used: toNumber(first?.readBigUInt64LE(16) ?? null),
  };
}

/** Asked for with no room for the list, NVML tells how long it would be. */
async function readProcessCount(nvml: NvmlLibrary, device: DeviceHandle): Promise<number | null> {
  for (const name of [
    'nvmlDeviceGetComputeRunningProcesses_v3',
    'nvmlDeviceGetComputeRunningProcesses',
  ] as const) {
    const count = Buffer.alloc(4);
    const code = await nvml.call(name, device, count, Buffer.alloc(8));
    if (code === NVML.success || code === NVML.insufficientSize) return count.readUInt32LE(0);
  }
  return null;
}

/** The bytes that a call filled, or null where it refused. */
export async function readOut(
  nvml: NvmlLibrary,
  name: NvmlFunction,
  args: readonly NvmlArgument[],
  bytes: number,
): Promise<Buffer | null> {
  const out = Buffer.alloc(bytes);
  return (await nvml.call(name, ...args, out)) === NVML.success ? out : null;
}

async function readU32(
  nvml: NvmlLibrary,
  name: NvmlFunction,
  args: readonly NvmlArgument[],
): Promise<number | null> {
  return (await readOut(nvml, name, args, 4))?.readUInt32LE(0) ?? null;
}

async function readU64(
  nvml: NvmlLibrary,
  name: NvmlFunction,
  args: readonly NvmlArgument[],
): Promise<bigint | null> {
  return (await readOut(nvml, name, args, 8))?.readBigUInt64LE(0) ?? null;
}

function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : Math.round(value * factor * 1000) / 1000;
}

function reasonsOf(bits: bigint | null): string[] {
  if (bits === null) return [];
  return THROTTLE_REASONS.filter(([bit]) => (bits & bit) !== 0n).map(([, name]) => name);
}
