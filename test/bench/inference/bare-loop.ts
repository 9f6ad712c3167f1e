// The floor: the same ONNX file, the same batch, the same growing lengths and threads, and nothing timed but run().

import { LOGITS_TO_KEEP, readGraphIo } from '@tollgate/inference-ref/engine/decoder-graph-io';
import { createKvSlab } from '@tollgate/inference-ref/engine/kv-slab';
import {
  bindCache,
  createLogits,
  createTokenNumbers,
  logitsToKeep,
} from '@tollgate/inference-ref/engine/native-feeds';
import { openNativeSession } from '@tollgate/inference-ref/engine/native-session';
import { roomyCapacity } from '@tollgate/inference-ref/engine/slab-size';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { mean } from './spread.ts';

export interface BareSession {
  /** Mean milliseconds of a step of one row after the other growing length. */
  stepMs(loop: BareLoop): number;
  close(): void;
}

interface BareLoop {
  readonly batch: number;
  readonly startLength: number;
  readonly steps: number;
}

const UNTIMED_STEPS = 10;

export async function openBareSession(modelDirectory: string, threads: number): Promise<BareSession> {
  // As the server's process sets it; read when the first model is loaded.
  process.env['ORT_GQA_DISABLE_FLASH_ATTENTION'] ??= '1';
  const { modelFile, contextTokens } = readModelDirectory(modelDirectory);
  const session = await openNativeSession({ modelFile, threads });
  const io = readGraphIo(session);
  return {
    stepMs({ batch, startLength, steps }) {
      const slab = createKvSlab(io.kv);
      slab.reshape(batch, roomyCapacity(startLength + steps, contextTokens), []);
      for (const part of slab.parts) part.fill(0.1);
      const ids = createTokenNumbers(batch);
      ids.fill(100, 0, batch);
      const mask = createTokenNumbers(batch * slab.capacityTokens);
      const logits = createLogits(io, batch);
      const binding = session.createBinding();
      binding.input('input_ids', ids.tensor([batch, 1]));
      binding.input('attention_mask', mask.tensor([batch, slab.capacityTokens]));
      if (io.hasLogitsToKeep) binding.input(LOGITS_TO_KEEP, logitsToKeep(1));
      bindCache(binding, io, { rows: batch, slab, viewOf: (part) => slab.batchView(part, batch) });
      binding.output('logits', logits.tensor([batch, 1, io.vocabSize]));
      const times: number[] = [];
      for (let step = -UNTIMED_STEPS; step < steps; step++) {
        const length = startLength + Math.max(0, step) + 1;
        for (let row = 0; row < batch; row++) {
          const start = row * slab.capacityTokens;
          mask.fill(1, start, start + length);
        }
        const startedAt = performance.now();
        binding.run();
        if (step >= 0) times.push(performance.now() - startedAt);
      }
      binding.release();
      return mean(times);
    },
    close: () => session.release(),
  };
}
