// A decoder in plain double arithmetic, written apart from the graph writer, for tests to compare graphs with. It is
// slow on purpose: one loop a formula, no cache.

import type { DecoderShape } from './decoder-shape.ts';
import { tensorDims, type WeightSource } from './weight-source.ts';

type Rows = number[][];

export async function referenceLogits(
  shape: DecoderShape,
  source: WeightSource,
  ids: readonly number[],
): Promise<number[]> {
  const weights = await readAll(shape, source);
  const get = (name: string): Rows => weights.get(name) ?? [];
  const embedding = get('model.embed_tokens.weight');
  let stream = ids.map((id) => [...(embedding[id] ?? [])]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = (name: string) => get(`model.layers.${layer}.${name}`);
    stream = add(stream, attention(shape, at, norm(shape, stream, at('input_layernorm.weight'))));
    stream = add(stream, feedForward(at, norm(shape, stream, at('post_attention_layernorm.weight'))));
  }
  const head = shape.tiedEmbeddings ? embedding : get('lm_head.weight');
  return multiply(norm(shape, stream, get('model.norm.weight')), head).flat();
}

async function readAll(shape: DecoderShape, source: WeightSource): Promise<Map<string, Rows>> {
  const all = new Map<string, Rows>();
  for (const [name, [rows = 0, width = 1]] of tensorDims(shape)) {
    const flat = Array.from(await source.readRows(name, 0, rows));
    all.set(
      name,
      Array.from({ length: rows }, (_, row) => flat.slice(row * width, (row + 1) * width)),
    );
  }
  return all;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const multiply = (rows: Rows, matrix: Rows): Rows => rows.map((row) => matrix.map((line) => dot(row, line)));
const add = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((x, j) => x + (b[i]?.[j] ?? 0)));

function norm(shape: DecoderShape, rows: Rows, gain: Rows): Rows {
  return rows.map((row) => {
    const scale = 1 / Math.sqrt(dot(row, row) / row.length + shape.normEpsilon);
    return row.map((x, i) => x * scale * (gain[i]?.[0] ?? 0));
  });
}

function feedForward(at: (name: string) => Rows, rows: Rows): Rows {
  const gate = multiply(rows, at('mlp.gate_proj.weight'));
  const up = multiply(rows, at('mlp.up_proj.weight'));
  const opened = gate.map((row, i) => row.map((x, j) => (x / (1 + Math.exp(-x))) * (up[i]?.[j] ?? 0)));
  return multiply(opened, at('mlp.down_proj.weight'));
}

function attention(shape: DecoderShape, at: (name: string) => Rows, rows: Rows): Rows {
  const project = (part: string): Rows => {
    const bias = at(`self_attn.${part}.bias`).flat();
    const product = multiply(rows, at(`self_attn.${part}.weight`));
    return product.map((row) => row.map((x, i) => x + (bias[i] ?? 0)));
  };
  const size = shape.headSize;
  const headOf = (all: Rows, head: number): Rows =>
    all.map((row) => row.slice(head * size, (head + 1) * size));
  const rotated = (all: Rows, head: number): Rows => headOf(all, head).map((row, i) => rotate(shape, row, i));
  const [query, key, value] = [project('q_proj'), project('k_proj'), project('v_proj')];
  const perKey = shape.attentionHeads / shape.keyValueHeads;
  const mixed: Rows = rows.map(() => []);
  for (let head = 0; head < shape.attentionHeads; head++) {
    const shared = Math.floor(head / perKey);
    const keys = rotated(key, shared);
    const values = headOf(value, shared);
    for (const [i, wanted] of rotated(query, head).entries()) {
      const weights = softmax(keys.slice(0, i + 1).map((k) => dot(wanted, k) / Math.sqrt(size)));
      for (let column = 0; column < size; column++) {
        mixed[i]?.push(weights.reduce((sum, w, j) => sum + w * (values[j]?.[column] ?? 0), 0));
      }
    }
  }
  return multiply(mixed, at('self_attn.o_proj.weight'));
}

function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function rotate(shape: DecoderShape, row: readonly number[], position: number): number[] {
  const half = shape.headSize / 2;
  const out = [...row];
  for (let i = 0; i < half; i++) {
    const angle = position * frequency(shape, i / half);
    const [a = 0, b = 0] = [row[i], row[i + half]];
    out[i] = a * Math.cos(angle) - b * Math.sin(angle);
    out[i + half] = b * Math.cos(angle) + a * Math.sin(angle);
  }
  return out;
}

/** Llama 3's rule as its model card states it, by wavelengths. */
function frequency(shape: DecoderShape, share: number): number {
  const plain = shape.ropeTheta ** -share;
  const scaling = shape.ropeScaling;
  if (scaling === null) return plain;
  const wavelength = (2 * Math.PI) / plain;
  const original = scaling.original_max_position_embeddings;
  if (wavelength < original / scaling.high_freq_factor) return plain;
  if (wavelength > original / scaling.low_freq_factor) return plain / scaling.factor;
  const smooth =
    (original / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return ((1 - smooth) * plain) / scaling.factor + smooth * plain;
}
