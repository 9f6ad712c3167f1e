import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { Command } from 'commander';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInferCommand } from '../infer-command.ts';
import { createBuildCommand } from './build-command.ts';
import { presetShapes } from './decoder-shape.ts';
import { writeFillerTokenizer } from './filler-tokenizer.ts';

const bundledDir = fileURLToPath(new URL('../../bundled-model/', import.meta.url));

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'build-command-'));
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

const run = async (...args: string[]) => {
  const command = createBuildCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
};

describe('tollgate infer build', () => {
  it('writes a directory that loads: graph, config and tokenizer', async () => {
    const out = join(dir, 'tiny');
    await run('--shape', 'tiny', '--dtype', 'int8', '--context', '128', '--out', out);
    expect((await readdir(out)).sort()).toEqual([
      'config.json',
      'model.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ max_position_embeddings: 128, bos_token_id: 0, eos_token_id: 1 });
    const session = await InferenceSession.create(join(out, 'model.onnx'), { logSeverityLevel: 3 });
    expect(session.inputNames).toContain('num_logits_to_keep');
    expect(session.outputNames).toContain('present.3.value');
  });

  it('writes the bundled model again, byte for byte, and in another form', async () => {
    const same = join(dir, 'same');
    await run('--from', bundledDir, '--half-storage', '--out', same);
    const graphOf = async (folder: string) => await readFile(join(folder, 'model.onnx'));
    expect((await graphOf(same)).equals(await graphOf(bundledDir))).toBe(true);
    const bytes = join(dir, 'bytes');
    await run('--from', bundledDir, '--dtype', 'w8a8', '--out', bytes);
    expect((await readdir(bytes)).sort()).toEqual(
      (await readdir(bundledDir)).filter((name) => name !== 'MODEL_CARD.md').sort(),
    );
    // It is quantised now, and is not taken for what it was.
    const again = run('--from', bytes, '--out', join(dir, 'again'));
    await expect(again).rejects.toMatchObject({ code: 'TG_MODEL_WEIGHTS_UNREADABLE' });
  });

  it('writes a variant beside the model that it was made from, and nothing else', async () => {
    const out = join(dir, 'variants');
    await run('--shape', 'tiny', '--context', '64', '--out', out);
    const before = await readdir(out);
    // As the command line has it: `infer` has a flag of this name too.
    const program = new Command().enablePositionalOptions().addCommand(createInferCommand());
    const build = ['infer', 'build', '--from', out, '--dtype', 'int8', '--variant', 'int8', '--out', out];
    await program.parseAsync(build, { from: 'user' });
    expect((await readdir(out)).sort()).toEqual([...before, 'model_int8.onnx'].sort());
    const session = await InferenceSession.create(join(out, 'model_int8.onnx'), { logSeverityLevel: 3 });
    expect(session.outputNames).toContain('logits');
    for (const other of [join(dir, 'nothing-there'), bundledDir]) {
      const refused = run('--from', out, '--variant', 'int4', '--dtype', 'int4', '--out', other);
      await expect(refused).rejects.toMatchObject({ code: 'TG_MODEL_BUILD_USAGE' });
    }
  });

  it.each([
    [['--out', 'x'], 'TG_MODEL_BUILD_USAGE'],
    [['--from', '.', '--out', 'x'], 'TG_MODEL_BUILD_USAGE'],
    [['--from', bundledDir, '--out', bundledDir], 'TG_MODEL_BUILD_USAGE'],
    [['--shape', 'tiny', '--dtype', 'w8a8', '--activations', 'fp16', '--out', 'x'], 'TG_MODEL_BUILD_USAGE'],
    [['--shape', 'gpt-5', '--out', 'x'], 'commander.invalidArgument'],
    [['--shape', 'tiny', '--from', '.', '--out', 'x'], 'commander.conflictingOption'],
    [['--shape', 'tiny', '--variant', '../up', '--out', 'x'], 'commander.invalidArgument'],
    [['--shape', 'tiny', '--context', '0', '--out', 'x'], 'commander.invalidArgument'],
  ])('refuses %j with %s', async (args, code) => {
    await expect(run(...args)).rejects.toMatchObject({ code });
  });
});

describe('writeFillerTokenizer', () => {
  it('makes every id of a larger vocabulary visible and encodes text as before', async () => {
    const shape = { ...presetShapes.tiny, vocabSize: 5000 };
    await writeFillerTokenizer({ sourceDir: bundledDir, outputDir: dir, shape });
    const read = async (folder: string, name: string) =>
      JSON.parse(await readFile(join(folder, name), 'utf8'));
    const load = async (folder: string) =>
      new Tokenizer(await read(folder, 'tokenizer.json'), await read(folder, 'tokenizer_config.json'));
    const [bundled, filled] = [await load(bundledDir), await load(dir)];
    expect(filled.decode([4999])).toBe(' <4999>');
    const text = 'The whale <4999> is white.';
    expect(filled.encode(text).ids).toEqual(bundled.encode(text).ids);
  });

  it('refuses a vocabulary smaller than the tokenizer’s', async () => {
    const shape = { ...presetShapes.tiny, vocabSize: 100 };
    const written = writeFillerTokenizer({ sourceDir: bundledDir, outputDir: dir, shape });
    await expect(written).rejects.toMatchObject({ code: 'TG_MODEL_SHAPE_UNSUPPORTED' });
  });
});
