// transformers.js on the same ONNX file: one prompt after the other, as its pipeline generates.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TransformersJs {
  tokensPerSecond(prompts: readonly string[], newTokens: number): Promise<number>;
  close(): Promise<void>;
}

/** Null where the package is not installed or cannot load the file; `reason` says why. */
export async function openTransformersJs(
  modelDirectory: string,
): Promise<{ readonly runner: TransformersJs | null; readonly reason: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  try {
    const { AutoModelForCausalLM, AutoTokenizer, env } = await import('@huggingface/transformers');
    env.allowRemoteModels = false;
    env.localModelPath = folder;
    // It looks for onnx/model.onnx below a model's folder.
    await mkdir(join(folder, 'model/onnx'), { recursive: true });
    await cp(modelDirectory, join(folder, 'model'), { recursive: true });
    await cp(join(modelDirectory, 'model.onnx'), join(folder, 'model/onnx/model.onnx'));
    const tokenizer = await AutoTokenizer.from_pretrained('model');
    const model = await AutoModelForCausalLM.from_pretrained('model', { dtype: 'fp32', device: 'cpu' });
    const generate = async (prompt: string, newTokens: number) => {
      const inputs = tokenizer(prompt);
      const output = await model.generate({
        ...inputs,
        ...{ max_new_tokens: newTokens, min_new_tokens: newTokens, do_sample: false },
      });
      const dims = (output as { dims: readonly number[] }).dims;
      return (dims[1] ?? 0) - (inputs.input_ids.dims[1] ?? 0);
    };
    await generate('Warm up', 8);
    return {
      reason: '',
      runner: {
        async tokensPerSecond(prompts, newTokens) {
          const startedAt = performance.now();
          let tokens = 0;
          for (const prompt of prompts) tokens += await generate(prompt, newTokens);
          return (tokens / (performance.now() - startedAt)) * 1000;
        },
        async close() {
          await model.dispose();
          await rm(folder, { recursive: true, force: true });
        },
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    return {
      runner: null,
      reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
}
