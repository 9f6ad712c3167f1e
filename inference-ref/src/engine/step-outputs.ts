// Adds outputs to an exported decoder that hold only the keys and values of the tokens just fed, `step.N.key|value`
// [B, heads, S, headSize]. The runtime hands every output to JavaScript as a copy, and `present.N` is the whole cache:
// at 16 rows of 256 tokens a decode step takes half as long with these. A file is one protobuf message and messages
// merge by concatenation, so the graph is extended by appending bytes: nothing of the file is parsed or rewritten.

import {
  type AttributeValue,
  type ElementType,
  encodeNode,
  encodeTensor,
  encodeValue,
} from '../onnx-graph/onnx-messages.ts';
import { createMessage } from '../onnx-graph/protobuf-message.ts';
import type { KvShape } from './kv-slab.ts';

const PREFIX = 'tollgate_step';

export function stepOutputName(part: number): string {
  return `step.${part >> 1}.${part % 2 === 0 ? 'key' : 'value'}`;
}

/** Bytes to append to the model file. */
export function stepOutputBytes(shape: KvShape): Uint8Array {
  const graph = createMessage();
  const node = (opType: string, name: string, inputs: readonly string[], attributes = {}) => {
    const full = {
      opType,
      domain: '' as const,
      name,
      inputs,
      outputs: [name],
      attributes: attributesOf(attributes),
    };
    graph.message(1, encodeNode(full));
    return name;
  };
  const constant = (name: string, dims: readonly number[], values: readonly number[]) => {
    const content = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    graph.message(5, encodeTensor({ name: `${PREFIX}/${name}`, dims, elementType: 'int64', content }));
    return `${PREFIX}/${name}`;
  };
  const indices = writeIndices(shape, node, constant);
  const elementType: ElementType = shape.elementType;
  for (let part = 0; part < shape.layers * 2; part++) {
    const name = stepOutputName(part);
    node('GatherElements', name, [`present.${name.slice('step.'.length)}`, indices], { axis: 2 });
    const dims = ['batch_size', shape.keyValueHeads, 'sequence_length', shape.headSize];
    graph.message(12, encodeValue({ name, elementType, dims }));
  }
  const model = createMessage().message(7, graph.finish()).finish();
  return Buffer.concat(model.chunks);
}

type WriteNode = (opType: string, name: string, inputs: readonly string[], attributes?: object) => string;
type WriteConstant = (name: string, dims: readonly number[], values: readonly number[]) => string;

/** Of each row the positions of the tokens just fed: count of ones in its mask − S, …, count − 1. */
function writeIndices(shape: KvShape, node: WriteNode, constant: WriteConstant): string {
  const zero = constant('zero', [], [0]);
  const one = constant('one', [], [1]);
  const maskAxis = constant('mask_axis', [1], [1]);
  const rowAxes = constant('row_axes', [3], [1, 2, 3]);
  const positionAxes = constant('position_axes', [3], [0, 1, 3]);
  const headDims = constant('head_dims', [4], [1, shape.keyValueHeads, 1, shape.headSize]);
  const count = node('ReduceSum', `${PREFIX}/count`, ['attention_mask', maskAxis], { keepdims: 0 });
  const dims = node('Shape', `${PREFIX}/dims`, ['input_ids']);
  const fed = node('Gather', `${PREFIX}/fed`, [dims, one]);
  const first = node('Sub', `${PREFIX}/first`, [count, fed]);
  const range = node('Range', `${PREFIX}/range`, [zero, fed, one]);
  const firstColumn = node('Unsqueeze', `${PREFIX}/first_column`, [first, rowAxes]);
  const rangeRow = node('Unsqueeze', `${PREFIX}/range_row`, [range, positionAxes]);
  const positions = node('Add', `${PREFIX}/positions`, [firstColumn, rangeRow]);
  return node('Expand', `${PREFIX}/indices`, [positions, headDims]);
}

function attributesOf(values: object): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, integer]) => [name, { integer }]));
}
