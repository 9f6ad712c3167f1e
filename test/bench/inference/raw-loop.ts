// The floor: the same ONNX session, the same batch, the same growing lengths, and nothing else but run().

import { capacityFor } from '@tollgate/inference-ref/engine/kv-slab';
import { openSession } from '@tollgate/inference-ref/engine/onnx-session';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { Tensor } from 'onnxruntime-node';

export interface RawLoopOptions {
  readonly modelDirectory: string;
  readonly batch: number;
  readonly startLength: number;
  readonly steps: number;
  readonly threads: number;
}

/** Mean milliseconds a step. */
export async function rawLoopStepMs(options: RawLoopOptions): Promise<number> {
  const { batch, startLength, steps, threads } = options;
  const directory = readModelDirectory(options.modelDirectory);
  const { session, io } = await openSession({ modelFile: directory.modelFile, device: 'cpu', threads });
  const { keyValueHeads, headSize } = io.kv;
  const int64 = (values: BigInt64Array, dims: readonly number[]) => new Tensor('int64', values, dims);
  const fetches = ['logits', ...(io.stepNames ?? io.presentNames)];
  let feeds: Record<string, Tensor> = {};
  let capacity = 0;
  let totalMs = 0;
  for (let step = -10; step < steps; step++) {
    const length = startLength + Math.max(0, step);
    const wanted = capacityFor(length + 1, directory.contextTokens);
    if (wanted !== capacity) {
      capacity = wanted;
      const dims = [batch, keyValueHeads, capacity, headSize];
      const numbers = () => new Float32Array(batch * keyValueHeads * capacity * headSize).fill(0.1);
      feeds = Object.fromEntries(io.pastNames.map((name) => [name, new Tensor('float32', numbers(), dims)]));
    }
    const mask = new BigInt64Array(batch * capacity);
    for (let row = 0; row < batch; row++) mask.fill(1n, row * capacity, row * capacity + length + 1);
    feeds['attention_mask'] = int64(mask, [batch, capacity]);
    feeds['input_ids'] = int64(new BigInt64Array(batch).fill(100n), [batch, 1]);
    if (io.hasLogitsToKeep) feeds['num_logits_to_keep'] = int64(BigInt64Array.of(1n), []);
    const startedAt = performance.now();
    await session.run(feeds, fetches);
    if (step >= 0) totalMs += performance.now() - startedAt;
  }
  await session.release();
  return totalMs / steps;
}
