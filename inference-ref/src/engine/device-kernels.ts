// Moves caches about on a device that the runtime keeps tensors on: graphs of a few operators, each a session of its own.
// Tensors are [rows, heads, positions, headSize]; what is answered stays on the device and is the caller's to dispose of.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createGraphBuilder, type GraphBuilder } from '../onnx-graph/graph-builder.ts';
import { type ElementType, encodeModel, type GraphTensor } from '../onnx-graph/onnx-messages.ts';
import type { KvShape } from './kv-slab.ts';

export interface DeviceKernels {
  /** One row of zeros. */
  blank(positions: number): Promise<Tensor>;
  /** Rows in a new order, of each the positions from `start` to `end`, with zeros behind them up to `positions`. */
  cut(source: Tensor, cut: Cut): Promise<Tensor>;
  /** The rows of the second behind the rows of the first; both have as many positions. */
  stack(first: Tensor, second: Tensor): Promise<Tensor>;
  /** The positions of the second behind the positions of the first; both have as many rows. */
  chain(first: Tensor, second: Tensor): Promise<Tensor>;
  release(): Promise<void>;
}

export interface Cut {
  readonly rows: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly positions: number;
}

const RESULT = 'moved';
const ROWS = 0;
const POSITIONS = 2;

export async function createDeviceKernels(device: string, shape: KvShape): Promise<DeviceKernels> {
  const { keyValueHeads: heads, headSize, elementType } = shape;
  const dims = (rows: string, positions: string) => [rows, heads, positions, headSize];
  const cache = (graph: GraphBuilder, name: string) =>
    graph.input(name, elementType, dims(`${name}_rows`, name));
  const open = async (write: (graph: GraphBuilder) => readonly GraphTensor[]) => {
    const graph = createGraphBuilder();
    const initializers = write(graph);
    graph.output(RESULT, elementType, dims('rows', 'positions'));
    const { nodes, inputs, outputs } = graph;
    const model = { name: RESULT, nodes, initializers, inputs, outputs, metadata: {} };
    return await InferenceSession.create(Buffer.concat(encodeModel(model).chunks), {
      executionProviders: [device, 'cpu'],
      logSeverityLevel: 3,
      preferredOutputLocation: { [RESULT]: 'gpu-buffer' },
    });
  };
  const joined = async (axis: number) =>
    await open((graph) => {
      const inputs = [cache(graph, 'first'), cache(graph, 'second')];
      const attributes = { axis: { integer: axis } };
      graph.standard('Concat', { name: 'join', inputs, outputs: [RESULT], attributes });
      return [];
    });
  const blankSession = await open((graph) => {
    const inputs = ['zero', graph.input('dims', 'int64', [4])];
    graph.standard('Expand', { name: 'expand', inputs, outputs: [RESULT] });
    return [constant('zero', elementType, [1, 1, 1, 1], new Uint8Array(elementType === 'float16' ? 2 : 4))];
  });
  const cutSession = await open((graph) => {
    const whole = (name: string, count: number | string) => graph.input(name, 'int64', [count]);
    const attributes = { axis: { integer: ROWS } };
    const source = cache(graph, 'source');
    const ordered = graph.standard('Gather', {
      name: 'order',
      inputs: [source, whole('rows', 'n')],
      attributes,
    });
    const bounds = [whole('start', 1), whole('end', 1), 'axes'];
    const slice = graph.standard('Slice', { name: 'slice', inputs: [ordered, ...bounds] });
    graph.standard('Pad', { name: 'pad', inputs: [slice, whole('pads', 8)], outputs: [RESULT] });
    return [constant('axes', 'int64', [1], new Uint8Array(BigInt64Array.of(BigInt(POSITIONS)).buffer))];
  });
  const stackSession = await joined(ROWS);
  const chainSession = await joined(POSITIONS);
  return {
    blank: async (positions) =>
      await moved(blankSession, { dims: integers([1, heads, positions, headSize]) }),
    cut: async (source, { rows, start, end, positions }) =>
      await moved(cutSession, {
        source,
        rows: integers(rows),
        start: integers([start]),
        end: integers([end]),
        pads: integers([0, 0, 0, 0, 0, 0, positions - (end - start), 0]),
      }),
    stack: async (first, second) => await moved(stackSession, { first, second }),
    chain: async (first, second) => await moved(chainSession, { first, second }),
    async release() {
      for (const session of [blankSession, cutSession, stackSession, chainSession]) await session.release();
    },
  };
}

async function moved(session: InferenceSession, feeds: Record<string, Tensor>): Promise<Tensor> {
  const results = await session.run(feeds);
  return results[RESULT] as Tensor;
}

function integers(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
}

function constant(
  name: string,
  elementType: ElementType,
  dims: readonly number[],
  content: Uint8Array,
): GraphTensor {
  return { name, elementType, dims, content };
}
