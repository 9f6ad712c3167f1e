// `npm run bench -- gpu-inference [--device webgpu|cuda] [--shape llama-1b] [--bandwidth-gbs n] [--batches 1,4,16]`:
// decode steps by batch size of the bundled model and of a random-weight fp16 model of a published shape, against what
// the card's memory bandwidth allows. Without a GPU it says how to run it.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGraphIo } from '@tollgate/inference-ref/engine/decoder-graph-io';
import { kvBytesPerToken } from '@tollgate/inference-ref/engine/kv-slab';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { root } from '../../steps.ts';

const HOW = `No NVIDIA GPU was found (nvidia-smi does not answer).
On a machine with one:
  webgpu: install a Vulkan loader (libvulkan1) and the driver, then
          npm run bench -- gpu-inference --device webgpu
  cuda:   install the CUDA 12 libraries of onnxruntime-node first:
          ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js
          npm run bench -- gpu-inference --device cuda
Add --bandwidth-gbs with the card's memory bandwidth to get the share of the bound.
`;

/** GB/s by a part of the name that the driver gives. */
const bandwidths: readonly (readonly [name: string, gbPerSecond: number])[] = [
  ['H200', 4800],
  ['H100', 3350],
  ['A100', 2039],
  ['L40', 864],
  ['A10', 600],
  ['L4', 300],
  ['T4', 320],
  ['4090', 1008],
  ['3090', 936],
];

const LENGTH = 256;
const STEPS = 64;

interface Card {
  readonly name: string;
  readonly driver: string;
  readonly gbPerSecond: number | null;
}

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, fallback: string) => {
    const at = args.indexOf(name);
    return at < 0 ? fallback : (args[at + 1] ?? fallback);
  };
  const card = findCard(Number(option('--bandwidth-gbs', '0')));
  if (card === null) {
    process.stdout.write(HOW);
    return;
  }
  const device = option('--device', 'webgpu') === 'cuda' ? 'cuda' : 'webgpu';
  const shape = option('--shape', 'llama-1b');
  const batches = option('--batches', '1,2,4,8,16,32').split(',').map(Number);
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-gpu-'));
  const rows: string[] = [];
  try {
    const large = join(folder, shape);
    const build = [
      'bin/tollgate.mjs',
      'infer',
      'build',
      '--shape',
      shape,
      '--dtype',
      'fp16',
      '--context',
      '4096',
      '--out',
      large,
    ];
    execFileSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
    for (const directory of [join(root, 'inference-ref/bundled-model'), large]) {
      for (const batch of batches) rows.push(await measure({ directory, batch, device, card }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const head =
    '| model | batch | ms a step | tokens/s | bytes a step | share of the bandwidth bound | W |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |';
  process.stdout.write(
    `${head}\n${rows.join('\n')}\n\n${card.name}, driver ${card.driver}, ${device}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, cache of ${LENGTH} tokens a row\n`,
  );
}

function findCard(asked: number): Card | null {
  try {
    const answer = query('name,driver_version').split(',');
    const name = (answer[0] ?? '').trim();
    const known = bandwidths.find(([part]) => name.includes(part))?.[1] ?? null;
    return { name, driver: (answer[1] ?? '').trim(), gbPerSecond: asked > 0 ? asked : known };
  } catch {
    // No driver, no card: the caller says how to run this.
    return null;
  }
}

function query(fields: string): string {
  const args = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits', '--id=0'];
  return execFileSync('nvidia-smi', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

interface Measurement {
  readonly directory: string;
  readonly batch: number;
  readonly device: 'webgpu' | 'cuda';
  readonly card: Card;
}

async function measure({ directory, batch, device, card }: Measurement): Promise<string> {
  const { modelFile, weightBytes, name } = readModelDirectory(directory);
  const onCard = device === 'webgpu';
  const session = await InferenceSession.create(modelFile, {
    executionProviders: [device],
    logSeverityLevel: 3,
    // CUDA has no buffers on the card for Node: there the cache crosses the bus at every step.
    ...(onCard ? { preferredOutputLocation: await locations(modelFile) } : {}),
  });
  const io = readGraphIo(session);
  const { keyValueHeads, headSize, elementType } = io.kv;
  const dims = [batch, keyValueHeads, LENGTH, headSize];
  const count = dims.reduce((a, b) => a * b, 1);
  const zeros = () =>
    elementType === 'float16'
      ? new Tensor('float16', new Uint16Array(count), dims)
      : new Tensor('float32', new Float32Array(count), dims);
  let cache: Record<string, Tensor> = Object.fromEntries(io.pastNames.map((each) => [each, zeros()]));
  const fixed: Record<string, Tensor> = {
    input_ids: new Tensor('int64', new BigInt64Array(batch).fill(1n), [batch, 1]),
    attention_mask: new Tensor('int64', new BigInt64Array(batch * LENGTH).fill(1n), [batch, LENGTH]),
    ...(io.hasLogitsToKeep ? { num_logits_to_keep: new Tensor('int64', BigInt64Array.of(1n), []) } : {}),
  };
  const times: number[] = [];
  let watts = Number.NaN;
  for (let step = -8; step < STEPS; step++) {
    const startedAt = performance.now();
    const results = await session.run({ ...fixed, ...cache });
    // Reading the logits waits for the card.
    if (results['logits']?.data.length === 0) throw new Error('no logits');
    if (step >= 0) times.push(performance.now() - startedAt);
    const next = Object.fromEntries(
      io.pastNames.map((each, part) => [each, results[io.presentNames[part] ?? ''] as Tensor]),
    );
    for (const tensor of Object.values(cache)) tensor.dispose();
    cache = next;
    if (step === STEPS / 2) watts = Number(query('power.draw'));
  }
  await session.release();
  const ms = [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  const bytes = weightBytes + batch * LENGTH * kvBytesPerToken(io.kv);
  const bound = card.gbPerSecond === null ? null : bytes / card.gbPerSecond / 1e6;
  const share = bound === null ? 'unknown' : `${((100 * bound) / ms).toFixed(1)} %`;
  return `| ${name} | ${batch} | ${ms.toFixed(3)} | ${((batch * 1000) / ms).toFixed(0)} | ${bytes} | ${share} | ${watts.toFixed(0)} |`;
}

async function locations(modelFile: string): Promise<Record<string, 'gpu-buffer' | 'cpu'>> {
  if (!existsSync(modelFile)) return {};
  const probe = await InferenceSession.create(modelFile, {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const { presentNames } = readGraphIo(probe);
  await probe.release();
  return { logits: 'cpu', ...Object.fromEntries(presentNames.map((each) => [each, 'gpu-buffer' as const])) };
}
