// Lists the GPUs of this host and their MIG instances. Asks for names and ids once; readings are somebody else's.
import { type DeviceHandle, NVML, type NvmlFunction, type NvmlLibrary } from './nvml-library.ts';
import { readOut } from './nvml-readings.ts';

export interface GpuDevice {
  readonly handle: DeviceHandle;
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** Empty for a whole card. */
  readonly migUuid: string;
}

const TEXT_BYTES = 96;
const MIG_ENABLED = 1;

/** Every card, each followed by its MIG instances. */
export async function listGpus(nvml: NvmlLibrary): Promise<GpuDevice[]> {
  const count = (await readOut(nvml, 'nvmlDeviceGetCount_v2', [], 4))?.readUInt32LE(0) ?? 0;
  const devices: GpuDevice[] = [];
  for (let index = 0; index < count; index += 1) {
    const handle = await readHandle(nvml, 'nvmlDeviceGetHandleByIndex_v2', [index]);
    if (handle === null) continue;
    const card: GpuDevice = {
      handle,
      index,
      uuid: await readText(nvml, 'nvmlDeviceGetUUID', handle),
      name: await readText(nvml, 'nvmlDeviceGetName', handle),
      migUuid: '',
    };
    devices.push(card, ...(await listInstances(nvml, card)));
  }
  return devices;
}

async function listInstances(nvml: NvmlLibrary, card: GpuDevice): Promise<GpuDevice[]> {
  const current = Buffer.alloc(4);
  const code = await nvml.call('nvmlDeviceGetMigMode', card.handle, current, Buffer.alloc(4));
  if (code !== NVML.success || current.readUInt32LE(0) !== MIG_ENABLED) return [];
  const slots =
    (await readOut(nvml, 'nvmlDeviceGetMaxMigDeviceCount', [card.handle], 4))?.readUInt32LE(0) ?? 0;
  const instances: GpuDevice[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const handle = await readHandle(nvml, 'nvmlDeviceGetMigDeviceHandleByIndex', [card.handle, slot]);
    if (handle === null) continue;
    instances.push({
      ...card,
      handle,
      name: (await readText(nvml, 'nvmlDeviceGetName', handle)) || card.name,
      migUuid: await readText(nvml, 'nvmlDeviceGetUUID', handle),
    });
  }
  return instances;
}

async function readHandle(
  nvml: NvmlLibrary,
  name: NvmlFunction,
  args: readonly (bigint | number)[],
): Promise<DeviceHandle | null> {
  return (await readOut(nvml, name, args, 8))?.readBigUInt64LE(0) ?? null;
}

async function readText(nvml: NvmlLibrary, name: NvmlFunction, handle: DeviceHandle): Promise<string> {
  const text = Buffer.alloc(TEXT_BYTES);
  if ((await nvml.call(name, handle, text, TEXT_BYTES)) !== NVML.success) return '';
  const end = text.indexOf(0);
  return text.toString('utf8', 0, end < 0 ? TEXT_BYTES : end);
}
