// The process that talks to the driver, so that a driver which hangs or crashes takes nothing else along.
// Ends when the sidecar closes the channel. Arguments: library path, interval in milliseconds.
import type { GpuMessage, GpuRow } from './gpu-rounds.ts';
import { type GpuDevice, listGpus } from './nvml-devices.ts';
import { NVML, type NvmlLibrary, openNvml } from './nvml-library.ts';
import { readGpu } from './nvml-readings.ts';

/** Cards come and go, MIG is re-partitioned: they are listed anew after so many rounds, and after trouble. */
const ROUNDS_PER_LISTING = 30;
const SHUTDOWN_WAIT_MS = 2000;

const [libraryPath = '', interval = '1000'] = process.argv.slice(2);

function tell(message: GpuMessage): void {
  if (process.connected) process.send?.(message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function open(): Promise<NvmlLibrary | null> {
  try {
    const library = await openNvml(libraryPath);
    const code = await library.call('nvmlInit_v2');
    if (code === NVML.success) return library;
    tell({ kind: 'absent', reason: `the driver is not loaded (NVML code ${code})` });
  } catch (error) {
    tell({ kind: 'absent', reason: reasonOf(error) });
  }
  return null;
}

async function takeRound(nvml: NvmlLibrary, devices: readonly GpuDevice[]): Promise<void> {
  const rows: GpuRow[] = [];
  for (const { handle, ...identity } of devices)
    rows.push({ ...identity, readings: await readGpu(nvml, handle) });
  tell({ kind: 'round', rows });
}

function sample(nvml: NvmlLibrary): () => Promise<void> {
  let devices: readonly GpuDevice[] = [];
  let rounds = 0;
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    try {
      if (rounds % ROUNDS_PER_LISTING === 0) devices = await listGpus(nvml);
      rounds += 1;
      await takeRound(nvml, devices);
    } catch (error) {
      rounds = 0;
      tell({ kind: 'trouble', reason: reasonOf(error) });
    }
    busy = false;
  };
}

// Ctrl-C reaches the whole group; the sidecar decides when sampling ends.
process.on('SIGINT', () => undefined);

const nvml = await open();
if (nvml === null) {
  process.disconnect?.();
} else {
  const round = sample(nvml);
  const timer = setInterval(() => void round(), Number(interval));
  process.once('disconnect', () => {
    clearInterval(timer);
    // A call that hangs would hold back an ordinary exit for as long.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), SHUTDOWN_WAIT_MS);
    void nvml.call('nvmlShutdown').finally(() => process.exit(0));
  });
  await round();
}
