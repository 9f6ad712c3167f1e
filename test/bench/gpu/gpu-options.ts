// The flags of `npm run bench -- gpu-inference`.
import { parseArgs } from 'node:util';
import { HelpAsked, readFlags, wholeNumber } from '../read-flags.ts';

export interface GpuBenchOptions {
  readonly device: 'webgpu' | 'cuda';
  /** Of the random-weight model that is built and served beside the bundled one; null: none. */
  readonly shape: string | null;
  readonly dtype: string;
  readonly batches: readonly number[];
  /** New tokens of each stream. */
  readonly tokens: number;
  readonly rounds: number;
  /** Of the card's memory; null: known by its name, or not at all. */
  readonly gbPerSecond: number | null;
  /** NVML's library where it is not found by the system's loader. */
  readonly nvml: string | null;
}

const HELP = `usage: npm run bench -- gpu-inference [options]

Serves the bundled model and a random-weight model of a published shape on this machine's GPU, 1, 4, 16 and 32 streams at
once, and prints tokens per second, the decode step against what the card's memory bandwidth allows, and the power and
utilisation that a sidecar beside the server recorded by NVML.

  --device <d>        webgpu (default) or cuda
  --shape <name>      shape of the second model (default llama-1b; none: only the bundled one)
  --dtype <t>         of its weights (default fp16)
  --batches <list>    streams at once (default 1,4,16,32)
  --tokens <n>        new tokens of each stream (default 128)
  --rounds <n>        of each number of streams (default 5)
  --bandwidth-gbs <n> of the card's memory, where its name is not known
  --nvml <path>       libnvidia-ml.so.1, where the system's loader does not find it
  --help              this text

webgpu needs the driver and a Vulkan loader (libvulkan1). cuda needs the CUDA 12 libraries of onnxruntime-node:
  ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js
`;

export function readGpuBenchOptions(args: readonly string[]): GpuBenchOptions | null {
  return readFlags<GpuBenchOptions>(HELP, () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        device: { type: 'string', default: 'webgpu' },
        shape: { type: 'string', default: 'llama-1b' },
        dtype: { type: 'string', default: 'fp16' },
        batches: { type: 'string', default: '1,4,16,32' },
        tokens: { type: 'string', default: '128' },
        rounds: { type: 'string', default: '5' },
        'bandwidth-gbs': { type: 'string' },
        nvml: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) throw new HelpAsked();
    if (values.device !== 'webgpu' && values.device !== 'cuda')
      throw new Error('--device takes webgpu or cuda');
    const bandwidth = values['bandwidth-gbs'];
    return {
      device: values.device,
      shape: values.shape === 'none' ? null : values.shape,
      dtype: values.dtype,
      batches: values.batches.split(',').map((each) => wholeNumber('--batches', each)),
      tokens: wholeNumber('--tokens', values.tokens),
      rounds: wholeNumber('--rounds', values.rounds),
      gbPerSecond: bandwidth === undefined ? null : wholeNumber('--bandwidth-gbs', bandwidth),
      nvml: values.nvml ?? null,
    };
  });
}
