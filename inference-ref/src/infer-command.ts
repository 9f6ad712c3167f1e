// `tollgate infer`: the reference server with its settings as flags, and `infer build`, which writes models for it.

import { Command, Option } from 'commander';
import { devices } from './engine/onnx-session.ts';
import { createBuildCommand } from './onnx-graph/build-command.ts';
import { schedulers } from './scheduler/batch-policy.ts';

/** Flag, the variable that main reads, what it means. */
const settings: readonly (readonly [flag: string, variable: string, description: string])[] = [
  ['--host <address>', 'INFERENCE_HOST', 'address to listen on'],
  ['--port <port>', 'INFERENCE_PORT', 'port to listen on; 0 picks a free one'],
  [
    '--model <dir>',
    'INFERENCE_MODEL',
    'a model directory, or a directory of them; default: the bundled model',
  ],
  ['--served-model-name <name>', 'INFERENCE_SERVED_MODEL_NAME', 'what clients call a single model'],
  ['--variant <name>', 'INFERENCE_VARIANT', 'serve model_<name>.onnx, a quantised variant'],
  ['--max-batch <n>', 'INFERENCE_MAX_BATCH', 'sequences that run at once'],
  ['--max-queue <n>', 'INFERENCE_MAX_QUEUE', 'requests that may wait; more are refused with 429'],
  ['--max-wait <ms>', 'INFERENCE_MAX_WAIT_MS', 'dynamic scheduler: how long a batch waits to fill'],
  ['--kv-tokens <n>', 'INFERENCE_KV_TOKENS', 'tokens that all live sequences may hold'],
  ['--chunk <n>', 'INFERENCE_CHUNK_TOKENS', 'prompt tokens computed between two decode steps'],
  ['--draft <n>', 'INFERENCE_DRAFT_TOKENS', 'guess n tokens ahead by lookup for a lone greedy sequence'],
  ['--prefix-cache-bytes <n>', 'INFERENCE_PREFIX_CACHE_BYTES', 'memory for shared prompt beginnings; 0: off'],
  ['--memory-budget-bytes <n>', 'INFERENCE_MEMORY_BUDGET_BYTES', 'memory for loaded models'],
  [
    '--stall-seconds <n>',
    'INFERENCE_STALL_SECONDS',
    'silence after which a busy engine counts as hung; 0: never',
  ],
  ['--threads <n>', 'INFERENCE_THREADS', 'CPU threads of one operator'],
  ['--config <file>', 'TOLLGATE_CONFIG', 'YAML configuration'],
  ['--log-level <level>', 'LOG_LEVEL', 'trace, debug, info, warn, error'],
];

export function createInferCommand(): Command {
  const command = new Command('infer')
    .description('run the reference inference server, or build a model for it')
    // `build` has flags of the same names.
    .enablePositionalOptions()
    .addOption(new Option('--device <name>', 'execution provider (INFERENCE_DEVICE)').choices(devices))
    .addOption(
      new Option('--scheduler <name>', 'how batches form (INFERENCE_SCHEDULER)').choices(schedulers),
    );
  for (const [flag, variable, description] of settings) command.option(flag, `${description} (${variable})`);
  command.addHelpText(
    'after',
    '\nFlags win over the environment, the environment over the file; keys are never flags.',
  );
  command.addCommand(createBuildCommand());
  return command.action(async (given: Readonly<Record<string, string>>) => {
    const all = [
      ...settings,
      ['--device', 'INFERENCE_DEVICE'] as const,
      ['--scheduler', 'INFERENCE_SCHEDULER'] as const,
    ];
    for (const [flag, variable] of all) {
      const value = given[optionName(flag)];
      // biome-ignore lint/style/noProcessEnv: flags become the variables that main reads, so there is one way to configure.
      if (value !== undefined) process.env[variable] = value;
    }
    await import('./main.ts');
  });
}

/** `--max-batch <n>` becomes `maxBatch`, as commander names it. */
function optionName(flag: string): string {
  const long = flag.slice(2).split(' ')[0] ?? '';
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
