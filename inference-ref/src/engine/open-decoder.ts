// Opens a model's decoder on a device and says on one line what was chosen and why. On the CPU the runtime is called
// through its C API, with the cache updated in place; where that is not possible, and on other devices, through Node's
// binding.

import type { Decoder } from './decoder.ts';
import { type DecoderGraphIo, readGraphIo } from './decoder-graph-io.ts';
import { createNativeDecoder } from './native-decoder.ts';
import { openNativeSession } from './native-session.ts';
import { createOnnxDecoder } from './onnx-decoder.ts';
import { type ChosenDevice, type Device, deviceCandidates, openSession } from './onnx-session.ts';

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
  const reasons = [options.device === 'auto' ? 'first that works' : 'asked for'];
  for (const device of candidates) {
    try {
      const { decoder, io, how } = await openOn(options, device);
      return { decoder, io, device, deviceReason: `${device}: ${[...reasons, how].join('; ')}` };
    } catch (error) {
      if (device === candidates.at(-1)) throw error;
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
  if (device === 'cpu') {
    try {
      return await openNative(options);
    } catch (error) {
      how = `cache copied at each step: ${firstLine(error)}`;
    }
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

const CHECKED_TOKENS = 8;
const LARGEST_ROUNDING = 0.1;

/** A graph that copies its cache on the way clears what it has yet to read: a prompt in two parts then says otherwise. */
async function updatesInPlace(decoder: Decoder): Promise<boolean> {
  const tokens = Int32Array.from(
    { length: CHECKED_TOKENS },
    (_, i) => (i * 7 + 3) % decoder.limits.vocabSize,
  );
  decoder.fit([CHECKED_TOKENS], []);
  const logitsAfter = async (start: number, end: number) => {
    const feed = { row: 0, start, tokens: tokens.slice(start, end), logitCount: 1 };
    return (await decoder.prefill(feed)).slice();
  };
  const whole = await logitsAfter(0, CHECKED_TOKENS);
  await logitsAfter(0, CHECKED_TOKENS / 2);
  const parts = await logitsAfter(CHECKED_TOKENS / 2, CHECKED_TOKENS);
  let [lowest, highest, difference] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  whole.forEach((logit, id) => {
    lowest = Math.min(lowest, logit);
    highest = Math.max(highest, logit);
    difference = Math.max(difference, Math.abs(logit - (parts[id] as number)));
  });
  return difference < LARGEST_ROUNDING * (highest - lowest);
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
