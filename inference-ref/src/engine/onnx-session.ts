// Opens a session of Node's binding on an execution provider. On the CPU the graph is extended so that a step answers its
// new keys and values alone.

import { existsSync, readFileSync } from 'node:fs';
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { readGraphIo } from './decoder-graph-io.ts';
import { stepOutputBytes } from './step-outputs.ts';
import { waitingSettings } from './waiting-settings.ts';

export const devices = ['auto', 'cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof devices)[number];
export type ChosenDevice = Exclude<Device, 'auto'>;

export interface OpenSessionOptions {
  readonly modelFile: string;
  /** Threads of one operator on the CPU. */
  readonly threads: number;
}

/** `auto` tries CUDA where its libraries are installed, then the CPU; WebGPU is asked for by name. */
export function deviceCandidates(device: Device): readonly ChosenDevice[] {
  if (device !== 'auto') return [device];
  const hasCuda = listSupportedBackends().some((backend) => backend.name === 'cuda' && backend.bundled);
  return hasCuda && hasNvidiaDriver() ? ['cuda', 'cpu'] : ['cpu'];
}

export function hasNvidiaDriver(): boolean {
  return existsSync('/dev/nvidiactl');
}

export async function openSession(
  options: OpenSessionOptions,
  device: ChosenDevice,
): Promise<InferenceSession> {
  const settings: InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: waitingSettings(options.threads) },
  };
  const plain = async () => await InferenceSession.create(options.modelFile, settings);
  if (device !== 'cpu' || existsSync(`${options.modelFile}_data`)) return await plain();
  const file = readFileSync(options.modelFile);
  const probe = await InferenceSession.create(file, { ...settings, graphOptimizationLevel: 'disabled' });
  const { kv } = readGraphIo(probe);
  await probe.release();
  return await InferenceSession.create(Buffer.concat([file, stepOutputBytes(kv)]), settings);
}
