// Calls NVML through koffi, each call off the event loop. Knows no sample; a missing function answers like an
// unsupported reading. Loads nothing before `openNvml`.
import type { LibraryHandle } from 'koffi';

/** Return codes of NVML that decide something here. */
export const NVML = {
  success: 0,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
} as const;

type NativeFunction = ReturnType<LibraryHandle['func']>;

/** A device handle is an opaque pointer. */
export type DeviceHandle = bigint;
export type NvmlArgument = bigint | number | Buffer;

export interface NvmlLibrary {
  /** Calls `name` and resolves with its return code; 13 where this driver has no such function. */
  readonly call: (name: NvmlFunction, ...args: readonly NvmlArgument[]) => Promise<number>;
}

/** Parameter types: `handle` device, `u32` number, `out` pointer to memory that the call fills. */
const SIGNATURES = {
  nvmlInit_v2: [],
  nvmlShutdown: [],
  nvmlDeviceGetCount_v2: ['out'],
  nvmlDeviceGetHandleByIndex_v2: ['u32', 'out'],
  nvmlDeviceGetName: ['handle', 'out', 'u32'],
  nvmlDeviceGetUUID: ['handle', 'out', 'u32'],
  nvmlDeviceGetUtilizationRates: ['handle', 'out'],
  nvmlDeviceGetMemoryInfo: ['handle', 'out'],
  nvmlDeviceGetMemoryInfo_v2: ['handle', 'out'],
  nvmlDeviceGetPowerUsage: ['handle', 'out'],
  nvmlDeviceGetEnforcedPowerLimit: ['handle', 'out'],
  nvmlDeviceGetTotalEnergyConsumption: ['handle', 'out'],
  nvmlDeviceGetTemperature: ['handle', 'u32', 'out'],
  nvmlDeviceGetClockInfo: ['handle', 'u32', 'out'],
  nvmlDeviceGetCurrentClocksThrottleReasons: ['handle', 'out'],
  nvmlDeviceGetTotalEccErrors: ['handle', 'u32', 'u32', 'out'],
  nvmlDeviceGetPcieThroughput: ['handle', 'u32', 'out'],
  nvmlDeviceGetComputeRunningProcesses_v3: ['handle', 'out', 'out'],
  nvmlDeviceGetComputeRunningProcesses: ['handle', 'out', 'out'],
  nvmlDeviceGetMigMode: ['handle', 'out', 'out'],
  nvmlDeviceGetMaxMigDeviceCount: ['handle', 'out'],
  nvmlDeviceGetMigDeviceHandleByIndex: ['handle', 'u32', 'out'],
} as const satisfies Record<string, readonly ('handle' | 'u32' | 'out')[]>;
export type NvmlFunction = keyof typeof SIGNATURES;

const C_TYPES = { handle: 'uint64_t', u32: 'uint32_t', out: 'void *' } as const;

/** Opens the library. Rejects where it, or koffi's own binary, cannot be loaded. */
export async function openNvml(libraryPath: string): Promise<NvmlLibrary> {
  const { default: koffi } = await import('koffi');
  const library: LibraryHandle = koffi.load(libraryPath);
  const functions = new Map<NvmlFunction, NativeFunction | null>();

  function find(name: NvmlFunction): NativeFunction | null {
    const known = functions.get(name);
    if (known !== undefined) return known;
    const found = declare(library, name);
    functions.set(name, found);
    return found;
  }

  return {
    call(name, ...args) {
      const found = find(name);
      if (found === null) return Promise.resolve(NVML.functionNotFound);
      return new Promise((resolve, reject) => {
        found.async(...args, (error: unknown, code: unknown) => {
          if (error === null || error === undefined) resolve(Number(code));
          else reject(error);
        });
      });
    },
  };
}

/** Null where this version of the driver does not export the function. */
function declare(library: LibraryHandle, name: NvmlFunction): NativeFunction | null {
  try {
    return library.func(
      name,
      'int',
      SIGNATURES[name].map((kind) => C_TYPES[kind]),
    );
  } catch {
    return null;
  }
}

/** Null where the library can be loaded, else why not. Calls nothing in it. */
export async function findNvml(libraryPath: string): Promise<string | null> {
  try {
    const { default: koffi } = await import('koffi');
    koffi.load(libraryPath).unload();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
