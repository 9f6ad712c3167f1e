// Opens a model's decoder on a device and says on one line what was chosen and why. On the CPU the runtime is called
// through its C API, with the cache updated in place; where that is not possible, and on other devices, through Node's
// binding.

import { defineError, isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { Decoder } from './decoder.ts';
import { agreesOnLongPieces, SHORT_PIECE_TOKENS, updatesInPlace } from './decoder-checks.ts';
import { type DecoderGraphIo, readGraphIo } from './decoder-graph-io.ts';
import { createDeviceDecoder } from './device-decoder.ts';
import { createDeviceKernels } from './device-kernels.ts';
import { createNativeDecoder } from './native-decoder.ts';
import { openNativeSession } from './native-session.ts';
import { createOnnxDecoder } from './onnx-decoder.ts';
import {
  type ChosenDevice,
  type Device,
  deviceCandidates,
  hasNvidiaDriver,
  openSession,
} from './onnx-session.ts';

export const errDeviceUnavailable = defineError('TG_DEVICE_UNAVAILABLE', 500);

const DEVICE_HINTS: Record<ChosenDevice, string> = {
  cpu: 'check the model file',
  webgpu: 'install the GPU driver and a Vulkan loader (libvulkan1), or leave --device away',
  cuda: 'install the CUDA 12 libraries of onnxruntime-node, or leave --device away',
};

export interface OpenDecoderOptions {
  readonly modelFile: string;
  readonly device: Device;
  /** Threads of one operator on the CPU. */
  readonly threads: number;
  readonly contextTokens: number;
}

export interface OpenedDecoder {
  readonly decoder: Decoder;
  readonly io: DecoderGraphIo;
  readonly device: ChosenDevice;
  /** One line for the log. */
  readonly deviceReason: string;
}

export async function openDecoder(options: OpenDecoderOptions): Promise<OpenedDecoder> {
  const candidates = deviceCandidates(options.device);
  const isAuto = options.device === 'auto';
  const reasons = [isAuto ? 'first that works' : 'asked for'];
  for (const device of candidates) {
    try {
      const { decoder, io, how } = await openOn(options, device);
      reasons.push(how);
      if (isAuto && device === 'cpu' && hasNvidiaDriver())
        reasons.push('the GPU of this machine: --device webgpu');
      return { decoder, io, device, deviceReason: `${device}: ${reasons.join('; ')}` };
    } catch (error) {
      if (device === candidates.at(-1)) throw refusalOf(device, error);
      reasons.push(`${device} refused: ${firstLine(error)}`);
    }
  }
  throw new Error('no device to try');
}

interface Opened {
  readonly decoder: Decoder;
  readonly io: DecoderGraphIo;
  readonly how: string;
}

async function openOn(options: OpenDecoderOptions, device: ChosenDevice): Promise<Opened> {
  const { contextTokens } = options;
  let how = 'cache crosses to the device at each step';
  try {
    if (device === 'cpu') return await openNative(options);
    if (device === 'webgpu') return await openOnDevice(options, device);
  } catch (error) {
    how = `${device === 'cpu' ? 'cache copied at each step' : how}: ${firstLine(error)}`;
  }
  const session = await openSession(options, device);
  const io = readGraphIo(session);
  return { decoder: createOnnxDecoder({ session, io, contextTokens }), io, how };
}

async function openNative(options: OpenDecoderOptions): Promise<Opened> {
  const session = await openNativeSession(options);
  let decoder: Decoder | null = null;
  try {
    const io = readGraphIo(session);
    decoder = createNativeDecoder({ session, io, contextTokens: options.contextTokens });
    if (!(await updatesInPlace(decoder))) throw new Error('the graph does not update its cache in place');
    return { decoder, io, how: 'cache updated in place' };
  } catch (error) {
    if (decoder === null) session.release();
    else await decoder.release();
    throw error;
  }
}

/** The runtime keeps tensors on the device for Node on WebGPU alone. */
async function openOnDevice(options: OpenDecoderOptions, device: 'webgpu'): Promise<Opened> {
  const session = await openSession(options, device);
  let decoder: Decoder | null = null;
  try {
    const io = readGraphIo(session);
    const kernels = await createDeviceKernels(device, io.kv);
    const parts = { session, io, kernels, contextTokens: options.contextTokens };
    decoder = createDeviceDecoder({ ...parts, pieceTokens: options.contextTokens });
    if (!(await updatesInPlace(decoder))) throw new Error('the graph does not update its cache in place');
    const how = 'cache stays on the device';
    if (await agreesOnLongPieces(decoder)) return { decoder, io, how };
    decoder.fit([], []);
    decoder = createDeviceDecoder({ ...parts, pieceTokens: SHORT_PIECE_TOKENS });
    const why = 'prompts in short pieces, since this device computes long ones otherwise';
    return { decoder, io, how: `${how}; ${why}` };
  } catch (error) {
    if (decoder === null) await session.release();
    else await decoder.release();
    throw error;
  }
}

function refusalOf(device: ChosenDevice, cause: unknown): unknown {
  if (isTollgateError(cause)) return cause;
  const message = `the model cannot be opened on ${device}: ${firstLine(cause)}`;
  return errDeviceUnavailable(message, { cause, hint: DEVICE_HINTS[device] });
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
