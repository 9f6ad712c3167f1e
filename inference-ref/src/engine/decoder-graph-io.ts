// Reads from a session's metadata how an exported decoder is fed and what it answers. It runs nothing.

import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { KvShape } from './kv-slab.ts';
import { stepOutputName } from './step-outputs.ts';
import type { TensorMetadata } from './tensor-metadata.ts';

/** The input that says of how many positions logits are wanted. */
export const LOGITS_TO_KEEP = 'num_logits_to_keep';

export const errGraphUnsupported = defineError('TG_MODEL_GRAPH_UNSUPPORTED', 500);

export interface DecoderGraphIo {
  readonly kv: KvShape;
  readonly vocabSize: number;
  /** `past_key_values.N.key|value`, in the order of the slab's parts. */
  readonly pastNames: readonly string[];
  readonly presentNames: readonly string[];
  /** Present where the graph was extended by them. */
  readonly stepNames: readonly string[] | null;
  readonly logitsType: 'float32' | 'float16';
  readonly hasPositionIds: boolean;
  readonly hasLogitsToKeep: boolean;
  /** Width of the output `hidden_states`; null where there is none. */
  readonly hiddenSize: number | null;
}

/** What both kinds of session say of a graph. */
export interface GraphMetadata {
  readonly inputMetadata: readonly TensorMetadata[];
  readonly outputMetadata: readonly TensorMetadata[];
}

export function readGraphIo(session: GraphMetadata): DecoderGraphIo {
  const inputs = new Map(session.inputMetadata.map((value) => [value.name, value]));
  const outputs = new Map(session.outputMetadata.map((value) => [value.name, value]));
  const kv = readKvShape(inputs);
  const logits = tensorOf(outputs, 'logits');
  const vocabSize = logits.shape.at(-1);
  if (typeof vocabSize !== 'number')
    throw errGraphUnsupported('the output logits has no fixed vocabulary size');
  const parts = Array.from({ length: kv.layers * 2 }, (_, part) => stepOutputName(part));
  const bare = parts.map((name) => name.slice('step.'.length));
  return {
    kv,
    vocabSize,
    pastNames: bare.map((name) => `past_key_values.${name}`),
    presentNames: bare.map((name) => `present.${name}`),
    stepNames: outputs.has('step.0.key') ? parts : null,
    logitsType: logits.type === 'float16' ? 'float16' : 'float32',
    hasPositionIds: inputs.has('position_ids'),
    hasLogitsToKeep: inputs.has(LOGITS_TO_KEEP),
    hiddenSize: readHiddenSize(outputs),
  };
}

function readKvShape(inputs: ReadonlyMap<string, TensorMetadata>): KvShape {
  tensorOf(inputs, 'input_ids');
  tensorOf(inputs, 'attention_mask');
  const first = tensorOf(inputs, 'past_key_values.0.key');
  const [, keyValueHeads, , headSize] = first.shape;
  if (typeof keyValueHeads !== 'number' || typeof headSize !== 'number') {
    throw errGraphUnsupported('past_key_values.0.key has no fixed head count and size');
  }
  if (first.type !== 'float32' && first.type !== 'float16') {
    throw errGraphUnsupported(`a cache of ${first.type} is not supported`);
  }
  let layers = 0;
  while (inputs.has(`past_key_values.${layers}.key`)) layers += 1;
  return { layers, keyValueHeads, headSize, elementType: first.type };
}

function readHiddenSize(outputs: ReadonlyMap<string, TensorMetadata>): number | null {
  const states = outputs.get('hidden_states');
  const size = states?.isTensor === true && states.type === 'float32' ? states.shape.at(-1) : null;
  return typeof size === 'number' ? size : null;
}

function tensorOf(
  values: ReadonlyMap<string, TensorMetadata>,
  name: string,
): Extract<TensorMetadata, { isTensor: true }> {
  const value = values.get(name);
  if (value?.isTensor === true) return value;
  throw errGraphUnsupported(`the graph has no tensor ${name}`, {
    hint: 'export with past_key_values.N.key|value inputs and present.N.key|value outputs (text-generation-with-past)',
  });
}
