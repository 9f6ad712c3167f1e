import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readModelDirectory } from './model-directory.ts';

const path = mkdtempSync(join(tmpdir(), 'model-'));
afterAll(() => rmSync(path, { recursive: true }));
for (const file of ['model.onnx', 'model_int8.onnx']) writeFileSync(join(path, file), '');
writeFileSync(join(path, 'config.json'), JSON.stringify({ max_position_embeddings: 8 }));

it.each([
  [{}, basename(path)],
  [{ variant: 'int8' }, `${basename(path)}-int8`],
  [{ name: 'mine' }, 'mine'],
  [{ name: 'mine', variant: 'int8' }, 'mine'],
])('with %j a model is called %s', (options, name) => {
  expect(readModelDirectory(path, options).name).toBe(name);
});
