// From a workload's description to the workload.
import { parseLengthDistribution } from '../workload/length-distribution.ts';
import { createPromptFileWorkload, readPromptFile } from '../workload/prompt-file.ts';
import { createRandom } from '../workload/random.ts';
import { createSyntheticWorkload } from '../workload/synthetic-workload.ts';
import type { Workload } from '../workload/workload.ts';
import type { LoadPlan } from './load-plan.ts';

export function createWorkload(plan: LoadPlan, workerIndex: number): Workload {
  const { workload, runNonce } = plan;
  const random = createRandom(plan.seed * 2 + 1 + 104_729 * workerIndex);
  const outputTokens = workload.outputTokens === null ? null : parseLengthDistribution(workload.outputTokens);
  if (workload.kind === 'prompts') {
    return createPromptFileWorkload({
      prompts: readPromptFile(workload.path),
      runNonce,
      nonce: workload.nonce,
      maxOutputTokens: outputTokens === null ? null : outputTokens.draw,
      random,
    });
  }
  return createSyntheticWorkload({
    inputTokens: parseLengthDistribution(workload.inputTokens),
    outputTokens,
    sharedPrefix: workload.sharedPrefix,
    runNonce,
    nonce: workload.nonce,
    conversations: plan.shape.kind === 'multi-turn',
    scale: workload.scale,
    random,
  });
}
